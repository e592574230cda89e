"""Which model makes the mattes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from popcon.catalog import models
from popcon.errors import InvalidRequest, WeightsUnusable
from services.matting import choice
from services.matting.settings import Choice, Dtype, MattingSettings
from tests.fixtures.checkpoints import published, save, small_variants
from tests.fixtures.networks import small_model


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models, where small networks count as published ones."""
    small_variants(monkeypatch)
    monkeypatch.setenv("POPCON_MODELS_DIR", str(tmp_path))
    return tmp_path


def pull(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Puts a small network where a known model would lie."""
    model = models.Model(name, "", "0", "model.safetensors", "7" * 64, 0, "tiny", "column-first", small_model().side)
    monkeypatch.setitem(models.MODELS, name, model)
    path = folder / name / "0" / "model.safetensors"
    path.parent.mkdir(parents=True)
    save(published(), path)


def settings(backend: Choice = "auto", model: str = "", device: str = "cpu") -> MattingSettings:
    return MattingSettings(matting_backend=backend, matting_model=model, matting_device=device)


async def test_without_weights_auto_is_classic_and_says_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await choice.open_models(settings()) == []
    said = capsys.readouterr().out
    assert "popcon models pull" in said
    assert "classic" in said


async def test_auto_takes_the_best_weights_that_were_pulled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(folder, monkeypatch, "birefnet-lite")
    pull(folder, monkeypatch, "birefnet")
    (backend,) = await choice.open_models(settings())
    about = backend.describe()
    assert (about.backend, about.model, about.device) == ("birefnet", "birefnet", "cpu")
    alpha = await backend.alpha(np.zeros((20, 30, 3), np.uint8), lane="interactive", timeout_s=30)
    assert alpha.shape == (20, 30)
    await backend.close()


async def test_auto_goes_on_to_the_next_when_weights_are_damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(folder, monkeypatch, "toonout")
    (folder / "toonout" / "0" / "model.safetensors").write_bytes(b"damaged")
    assert await choice.open_models(settings()) == []


async def test_a_named_backend_that_is_not_usable_is_an_error_that_says_what_to_do(folder: Path) -> None:
    with pytest.raises(WeightsUnusable, match="popcon models pull toonout"):
        await choice.open_models(settings("birefnet"))
    with pytest.raises(WeightsUnusable, match="popcon models pull birefnet-hr"):
        await choice.open_models(settings("birefnet", "birefnet-hr"))
    with pytest.raises(InvalidRequest, match="POPCON_TRITON_URL"):
        await choice.open_models(settings("triton"))


async def test_a_device_that_is_not_there_is_an_error_that_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull(folder, monkeypatch, "birefnet")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InvalidRequest, match="POPCON_MATTING_DEVICE"):
        await choice.open_models(settings("birefnet", device="cuda"))


@pytest.mark.parametrize(
    ("wanted", "expected"), [("auto", torch.bfloat16), ("float32", torch.float32), ("float16", torch.float16)]
)
async def test_it_runs_in_the_numbers_that_are_wanted_or_suit_the_device(
    folder: Path, monkeypatch: pytest.MonkeyPatch, wanted: Dtype, expected: torch.dtype
) -> None:
    pull(folder, monkeypatch, "birefnet")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    seen: list[torch.dtype] = []
    monkeypatch.setattr(
        "services.matting.birefnet.backend.Matter",
        lambda network, side: seen.append(next(network.parameters()).dtype) or _Nothing(),
    )
    chosen = settings("birefnet").model_copy(update={"matting_dtype": wanted})
    (backend,) = await choice.open_models(chosen)
    await backend.close()
    assert seen == [expected]


async def test_classic_is_no_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(folder, monkeypatch, "birefnet")
    assert await choice.open_models(settings("classic")) == []


async def test_a_file_of_ones_own_is_taken_for_a_usual_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(published("colour-first"), folder / "mine.pth")
    opened: list[models.Model] = []
    monkeypatch.setattr(
        "services.matting.birefnet.backend.Matter", lambda network, side: opened.append(side) or _Nothing()
    )
    (backend,) = await choice.open_models(settings("birefnet", str(path)))
    about = backend.describe()
    assert (about.model, about.variant, about.side, opened) == ("mine", "tiny", 1024, [1024])
    assert len(about.digest) == 64
    await backend.close()


class _Nothing:
    """The full square takes seconds on a CPU."""

    def is_large(self, picture: np.ndarray) -> bool:
        return False

    def mattes(self, pictures: list[np.ndarray]) -> list[np.ndarray]:
        return [picture[..., 0].astype(np.float32) for picture in pictures]
