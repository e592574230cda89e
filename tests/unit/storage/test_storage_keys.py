import pytest
from hypothesis import given
from hypothesis import strategies as st

from popcon import errors
from popcon.storage import keys

GOOD_PART = st.from_regex(r"[A-Za-z0-9._=-]{1,40}", fullmatch=True).filter(lambda part: part not in (".", ".."))


@given(st.lists(GOOD_PART, min_size=1, max_size=8).map("/".join))
def test_allowed_parts_make_a_key(key: str):
    assert keys.check(key) == key


@given(st.text(max_size=40))
def test_whatever_passes_stays_below_its_folder(text: str):
    try:
        key = keys.check(text)
    except errors.InvalidRequest:
        return
    parts = key.split("/")
    assert key.isascii()
    assert not {"", ".", "..", "@new"} & set(parts)
    assert not set(key) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._=-/")


@given(
    st.lists(GOOD_PART, min_size=1, max_size=4), st.sampled_from(["", ".", "..", "a b", "a\n", "a@", "ü", "a\\b", "*"])
)
def test_one_bad_part_spoils_a_key(parts: list[str], bad: str):
    for at in range(len(parts) + 1):
        with pytest.raises(errors.InvalidRequest):
            keys.check("/".join([*parts[:at], bad, *parts[at:]]))


@pytest.mark.parametrize("bad", ["/a", "a/", "a//b", "../a", "a/..", "a\x00", "a/b\n"])
def test_a_key_is_relative_and_plain(bad: str):
    with pytest.raises(errors.InvalidRequest):
        keys.check(bad)


def test_length_is_bounded():
    part = "x" * keys.PART_MAX_CHARS
    assert keys.check("/".join([part] * 3))
    for bad in (part + "x", "/".join([part] * 4)):
        with pytest.raises(errors.InvalidRequest):
            keys.check(bad)


def test_each_kind_of_artifact_has_its_place():
    assert keys.picture_key("local", "ab12", "source") == "owners/local/pictures/ab12/source"
    assert keys.job_prefix("local", "job_1") == "owners/local/jobs/job_1"
    assert keys.run_prefix("o", "job_1", "act_1", "motion", "", 2) == "owners/o/jobs/job_1/act_1/motion/2"
    packed = keys.run_prefix("o", "job_1", "act_1", "pack", "line-emoji", 2)
    assert keys.attempt_prefix(packed, 3) == "owners/o/jobs/job_1/act_1/pack-line-emoji/2/3"
    assert keys.set_prefix("o", "job_1", "web", 4) == "owners/o/jobs/job_1/sets/web/4"
    assert keys.mask_key("o", "job_1", "edit_1", "ab") == "owners/o/jobs/job_1/edits/edit_1/masks/ab.png"
    assert keys.join(keys.owner_prefix("o"), "a", "b.png") == "owners/o/a/b.png"


@pytest.mark.parametrize("owner", ["", "..", "a/b", "a@b"])
def test_an_owner_cannot_reach_into_another(owner: str):
    with pytest.raises(errors.InvalidRequest):
        keys.picture_key(owner, "ab", "source")


@pytest.mark.parametrize(("stage", "target"), [("pack", ""), ("motion", "web"), ("dance", "")])
def test_only_a_pack_run_has_a_target(stage: str, target: str):
    with pytest.raises(errors.InvalidRequest):
        keys.run_prefix("o", "j", "a", stage, target, 1)


def test_numbers_start_at_1():
    with pytest.raises(errors.InvalidRequest):
        keys.attempt_prefix("owners/o", 0)
