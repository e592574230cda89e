from pathlib import PurePosixPath

from popcon.catalog import targets
from popcon.worker.files import MEDIA_TYPES


def test_every_file_of_a_set_has_a_media_type() -> None:
    for target in targets.TARGETS.values():
        names = [target.file_name(1), *(extra.name for extra in target.extras)]
        assert {PurePosixPath(name).suffix for name in names} <= MEDIA_TYPES.keys(), target.id
