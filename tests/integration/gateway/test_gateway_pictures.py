"""Pictures whose files were removed as unused while the same picture was on its way in again."""

import pytest

from tests.fixtures.gateway import PICTURE, Gateway, a_picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

UPLOAD = ("/v1/pictures", {"files": {"picture": ("a.png", b"\x89PNG", "image/png")}})
CROP = (f"/v1/pictures/{PICTURE}/crop", {"json": {"box": {"left": 1, "top": 2, "right": 30, "bottom": 40}}})


@pytest.mark.parametrize(("call", "maker"), [(UPLOAD, "CutOut"), (CROP, "Crop")], ids=["upload", "crop"])
@pytest.mark.parametrize("there", [True, False])
async def test_files_that_are_gone_once_the_picture_is_recorded_are_made_again(
    gate: Gateway, call: tuple[str, dict], maker: str, there: bool
) -> None:
    path, content = call
    gate.script.answers["Crop"] = gate.script.answers["CutOut"]
    key = a_picture().source.key
    if not there:
        await gate.store.delete(key)
    try:
        answer = await gate.http.post(path, **content)
    finally:
        await gate.store.put(key, b"png", "image/png")

    assert answer.status_code == 201
    made = [name for name, _ in gate.script.seen if name in (maker, "CreatePicture")]
    assert made == [maker, "CreatePicture"] + ([] if there else [maker])
