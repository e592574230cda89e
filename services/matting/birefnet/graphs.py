"""CUDA graphs: a batch is one launch instead of a thousand, for a few sizes of batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

BUCKETS = (1, 2, 4, 8, 16)
"""Sizes of batches that have a graph. Another size is filled up to the next of them."""

_WARM_UP_RUNS = 3  # before a capture, so that libraries have chosen their kernels


@dataclass(frozen=True)
class _Captured:
    graph: torch.cuda.CUDAGraph
    given: Tensor
    made: Tensor


class Graphed:
    """Runs a network by its graphs, captured at the first batch of a size. Not for several threads at a time."""

    def __init__(self, network: Callable[[Tensor], Tensor], buckets: Sequence[int] = BUCKETS) -> None:
        self._network, self._buckets = network, tuple(sorted(buckets))
        self._captured: dict[tuple[int, ...], _Captured] = {}
        self._memory = torch.cuda.graph_pool_handle()

    def __call__(self, x: Tensor) -> Tensor:
        """What the network makes of B x 3 x H x W on a CUDA device, B at most the greatest bucket."""
        bucket = next(each for each in self._buckets if each >= len(x))
        captured = self._captured.get((bucket, *x.shape[1:]))
        if captured is None:
            captured = self._captured[bucket, *x.shape[1:]] = self._capture(x.new_zeros(bucket, *x.shape[1:]))
        captured.given[: len(x)].copy_(x)
        captured.graph.replay()
        return captured.made[: len(x)].clone()

    def _capture(self, given: Tensor) -> _Captured:
        aside = torch.cuda.Stream(given.device)
        aside.wait_stream(torch.cuda.current_stream(given.device))
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UP_RUNS):
                self._network(given)
        torch.cuda.current_stream(given.device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._memory):
            made = self._network(given)
        return _Captured(graph, given, made)
