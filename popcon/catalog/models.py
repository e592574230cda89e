"""The models that popcon knows: where each file of weights is, what it must be, and how it wants its pictures.

Revisions, digests and sizes were each found alike in at least two independent public projects that use the file.

The patch order of a file is that of the code it was trained with. Upstream's changed on 5 November 2024, and today's
code beside the files on the hub has the new one throughout, also for weights that were trained with the old one:
the general weights are epoch 244 of July 2024 (upstream's issue 252 says so of the file on the hub), the lite ones were
put up in August 2024, the matting ones in October 2024, the portrait ones before.
"""

import difflib
from dataclasses import dataclass
from typing import Literal

from popcon.errors import NotFound

Variant = Literal["large", "tiny"]
PatchOrder = Literal["colour-first", "column-first"]

_DIS5K = "DIS5K, one of the sets behind it, restricts commercial use."
_PPM100 = "PPM-100, one of the sets behind it, forbids commercial use."
_LOOK = "Sets behind it may restrict commercial use."
_WHITE, _GREY = (255, 255, 255), (128, 128, 128)


@dataclass(frozen=True)
class Model:
    """One file of weights.

    `file`: its path in the repository `hub_id` at the full `revision`. `size`: bytes. `side`: of the square it was
    trained at, pixels. `background`: RGB, 0..255, that a picture with alpha is put on. `licence`: what its card says;
    `note`: what else there is to know before using it.
    """

    name: str
    hub_id: str
    revision: str
    file: str
    sha256: str
    size: int
    variant: Variant
    patch_order: PatchOrder
    side: int = 1024
    background: tuple[int, int, int] = _WHITE
    licence: str = "MIT"
    note: str = ""


_ALL = (
    Model(
        "birefnet",
        "ZhengPeng7/BiRefNet",
        "e2bf8e4460fc8fa32bba5ea4d94b3233d367b0e4",
        "model.safetensors",
        "9ab37426bf4de0567af6b5d21b16151357149139362e6e8992021b8ce356a154",
        444_473_596,
        "large",
        "column-first",
        note=f"For pictures of all kinds. {_DIS5K}",
    ),
    Model(
        "birefnet-lite",
        "ZhengPeng7/BiRefNet_lite",
        "aa62cd87eafb9cc43056d08ef3615a14628b831d",
        "model.safetensors",
        "4417d89795250e698c3cb0ae8df15743810065f646f48a694fdfa7ca052d0815",
        177_634_392,
        "tiny",
        "column-first",
        note=f"The small one, for machines without a GPU. {_DIS5K}",
    ),
    Model(
        "birefnet-matting",
        "ZhengPeng7/BiRefNet-matting",
        "eccde0a8cbdce7ac5fecfeb06340fe7b949e85d9",
        "model.safetensors",
        "a9875de5b1e6c8eb5fdaa8c727a82927ce442cdc87ba3abee6a77e6fa46c25bb",
        884_878_856,
        "large",
        "column-first",
        note=f"For hair and what light shines through. {_PPM100}",
    ),
    Model(
        "birefnet-portrait",
        "ZhengPeng7/BiRefNet-portrait",
        "b6561965a70070d9143fd9e558f6ca3c481510db",
        "model.safetensors",
        "4a4eb3a5469b75f0cccaec6772c22fc30e6c12ed429c2c0ba71b43e3d8d97182",
        884_878_856,
        "large",
        "column-first",
        note=f"For photos of people. {_LOOK}",
    ),
    Model(
        "birefnet-hr",
        "ZhengPeng7/BiRefNet_HR",
        "a7a562f6fd16021180f2f4348f4de003a2d3d1e1",
        "model.safetensors",
        "9d678bafec0b0019fbb073b7fd02f05ede25dc4b15254f23b2fb0be333200c0d",
        444_473_596,
        "large",
        "colour-first",
        side=2048,
        note=f"For large pictures. {_LOOK}",
    ),
    Model(
        "birefnet-hr-matting",
        "ZhengPeng7/BiRefNet_HR-matting",
        "5d6b6f8adcb5b417c871b1d84ceaae9871355b7f",
        "model.safetensors",
        "a5a4de698739ea5e0e8bbab28e1b293dde95092b87a442d566cbc585c53cef55",
        444_473_596,
        "large",
        "colour-first",
        side=2048,
        note=f"As birefnet-matting, for large pictures. {_LOOK}",
    ),
    Model(
        "birefnet-dynamic",
        "ZhengPeng7/BiRefNet_dynamic",
        "280306042f57b7a33854319da62fd86aaa89ec4c",
        "model.safetensors",
        "e3d2e4884e51ff30f0cd630edc6b1e41b06b7f23a0a2a5169f7b7cb33a711c2d",
        444_473_596,
        "large",
        "colour-first",
        note=f"For any size from 256 to 2304 px and any aspect. {_LOOK}",
    ),
    Model(
        "toonout",
        "joelseytre/toonout",
        "cbf720eca394edcde66b861a8a8c20fbabe9c748",
        "birefnet_finetuned_toonout.pth",
        "8c7f8a0bc24400f4caade76622f75ff22ca1e93e169add9d2b70093e2487fbe5",
        885_046_394,
        "large",
        # Tuned with the new order from the general weights, which had the old one: its filters may still look old.
        "colour-first",
        background=_GREY,
        note=f"birefnet tuned on drawn characters (a CC BY 4.0 set). {_DIS5K}",
    ),
)

MODELS: dict[str, Model] = {model.name: model for model in _ALL}


def known(name: str) -> Model | None:
    """The model with a name or hub id (in any case); None where popcon knows no such model."""
    wanted = name.casefold()
    return next((model for model in MODELS.values() if wanted in (model.name, model.hub_id.casefold())), None)


def find(name: str) -> Model:
    """The model with a name or hub id. Raises `NotFound`, which names what was probably meant."""
    model = known(name)
    if model:
        return model
    near = difflib.get_close_matches(name.lower(), MODELS, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"choose one of {', '.join(MODELS)}."
    raise NotFound(f"popcon knows no model {name[:80]!r}; {hint}", field="model")
