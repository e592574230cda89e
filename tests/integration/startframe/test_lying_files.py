"""A sample of the files that `make fuzz` reads: whatever is in a file, an answer comes back that blames the file."""

from tests.fixtures.fuzzing import fuzz


async def test_files_that_lie_or_are_damaged_get_an_answer_within_bounds() -> None:
    found = await fuzz(600, seed=7)
    assert not found.bad
    assert sum(found.answers.values()) == 600
    assert {"a picture", "picture_unreadable", "picture_too_large", "unsupported_media"} <= set(found.answers)
