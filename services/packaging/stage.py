"""The pack stage, one emoji for one target; and the assembly of a job's finished emoji into a set."""

from dataclasses import asdict
from typing import Any

from popcon.catalog import targets
from popcon.catalog.target import Target
from popcon.imaging.clip import decode_clip
from popcon.worker import files
from popcon.worker.work import Result, Work
from services.packaging import assemble, thumbnail
from services.packaging.assemble import SetItem
from services.packaging.emoji import PackedEmoji
from services.packaging.in_set import pack_at

_FOLDER = "finished/"


class PackStage:
    """Handles pack runs."""

    async def handle(self, work: Work) -> Result:
        target = targets.find(work.assignment.pack.target)
        manifest = await work.manifest_of(work.assignment.pack.matte)
        found = await work.read_all(manifest, lambda name: name.startswith(_FOLDER))
        clip = await work.compute(decode_clip, {name.removeprefix(_FOLDER): data for name, data in found.items()})
        work.progress(0.2)
        packed = await work.compute(pack_at, clip.frames, clip.durations, target, 1)
        await work.put(_name(target), packed.data, packed.media_type)
        details = _details(packed)
        if target.stills:  # which of the two is sent is known only when the set is put in order
            number = target.stills.after + 1
            still = await work.compute(pack_at, clip.frames, clip.durations, target, number)
            await work.put(_name(target, number), still.data, still.media_type)
            details["still"] = _details(still)
        return Result("encoder", thumbnail=await _shown(work, target, packed.data), details=details)


def _details(packed: PackedEmoji) -> dict[str, Any]:
    return {**packed.stats, "breaches": [asdict(breach) for breach in packed.breaches]}


def _name(target: Target, number: int = 1) -> str:
    """Name of the output of a pack run that the place of a set takes."""
    return f"emoji{target.at(number).format.suffix}"


async def _shown(work: Work, target: Target, emoji: bytes) -> str:
    """Name of the output that a page can show: the emoji, or a picture made of it."""
    if not thumbnail.is_wanted(target):
        return _name(target)
    made = await work.compute(thumbnail.make_thumbnail, emoji, target)
    await work.put(thumbnail.NAME, made, thumbnail.MEDIA_TYPE)
    return thumbnail.NAME


class AssembleStage:
    """Handles assemble runs."""

    async def handle(self, work: Work) -> Result:
        spec = work.assignment.assemble
        target = targets.find(spec.target)
        items = []
        for number, item in enumerate(spec.items, 1):
            manifest = await work.manifest_of(item.pack)
            data = await work.store.get(manifest.output(_name(target, number)).key)
            stats = manifest.details["still"] if target.at(number) != target else manifest.details
            items.append(SetItem(item.action_id, data, item.label, item.preset, stats))
            work.progress(0.5 * number / len(spec.items))
        made = await work.compute(assemble.assemble_set, items, target, spec.tab_action_id)
        await files.put_all(work, made.files | made.notes)
        name = f"{target.id}.zip"
        await work.put(name, made.zip, "application/zip")
        details = {"zip": name, "breaches": [asdict(breach) for breach in made.breaches]}
        return Result("assembler", thumbnail=next(iter(made.files)), details=details)
