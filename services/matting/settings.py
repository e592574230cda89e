"""Settings of the matting service."""

from typing import Literal

from pydantic import Field

from popcon.worker.settings import WorkerSettings

Choice = Literal["auto", "triton", "birefnet", "classic"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]


class MattingSettings(WorkerSettings):
    matting_backend: Choice = Field(
        "auto",
        description="what mattes frames without alpha: triton, birefnet, classic, or auto, the best that is usable; "
        "a service whose named backend is missing does not start",
    )
    matting_model: str = Field(
        "", description="weights of birefnet: a known model or a file; empty takes the best one that was pulled"
    )
    matting_patch_order: Literal["auto", "colour-first", "column-first"] = Field(
        "auto", description="order of birefnet's input patches; auto for known models, and where the weights tell it"
    )
    matting_device: str = Field("auto", description="where birefnet runs: cpu, cuda, cuda:1, or auto")
    matting_dtype: Dtype = Field(
        "auto",
        description="numbers that birefnet runs in; auto takes float16 on a GPU, and on a CPU bfloat16 where it has "
        "instructions for it, else float32",
    )
    matting_batch: int = Field(8, ge=1, le=16, description="pictures that birefnet mattes at a time, at most")
    triton_url: str = Field("", description="host:port of Triton's gRPC; empty where there is none")
    triton_model: str = Field("birefnet", description="name of the model on Triton")
