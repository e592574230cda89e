"""What a `CreateJobRequest` must hold, and what it becomes. Refuses with the field's name and what to do."""

from collections.abc import Sequence

from popcon import errors
from popcon.bus import lane_name
from popcon.catalog import backends, limits, presets, targets
from popcon.v1 import common_pb2, jobs_pb2
from services.orchestrator.database import Row

SEED_MAX = 2**31 - 1


def options(message: jobs_pb2.JobOptions) -> Row:
    """Job options as they are kept, defaults filled in."""
    if not 0 <= message.takes <= limits.TAKES_MAX:
        raise errors.InvalidRequest(f"Takes must be 1 to {limits.TAKES_MAX}.", field="options.takes")
    if not 0 <= message.seed <= SEED_MAX:
        raise errors.InvalidRequest(f"The seed must be 0 to {SEED_MAX}.", field="options.seed")
    return {
        "review": message.review,
        "refine": message.refine,
        "takes": message.takes or 1,
        "targets": _targets(message.targets),
        "seed": message.seed,
        "lane": lane_name(message.lane),
        "backends": {
            "startframe": backends.find("startframe", message.startframe_backend),
            "motion": backends.find("motion", message.motion_backend),
            "matte": backends.find("matte", message.matte_backend),
        },
    }


def actions(specs: Sequence[jobs_pb2.ActionSpec]) -> list[Row]:
    """The columns of the actions asked for, in order."""
    if not specs:
        raise errors.NoActions("Ask for at least one action, e.g. the preset joy.", field="actions")
    if len(specs) > limits.ACTIONS_MAX:
        raise errors.TooManyActions(
            f"A job has at most {limits.ACTIONS_MAX} actions and this has {len(specs)}: make two jobs.", field="actions"
        )
    return [_action(spec, f"actions[{position}]") for position, spec in enumerate(specs)]


def direction(message: common_pb2.Direction, field: str) -> Row:
    """Preset, prompts, strength and speed as they are kept; what is left empty is the preset's."""
    moves = {
        "strength": _within(message.strength, limits.STRENGTH_MIN, limits.STRENGTH_MAX, f"{field}.strength"),
        "speed": _within(message.speed, limits.SPEED_MIN, limits.SPEED_MAX, f"{field}.speed"),
    }
    for name, prompt in (("action_prompt", message.action_prompt), ("effect_prompt", message.effect_prompt)):
        if len(prompt) > limits.PROMPT_MAX_CHARS:
            raise errors.PromptTooLong(
                f"A prompt has at most {limits.PROMPT_MAX_CHARS} characters and this has {len(prompt)}: shorten it.",
                field=f"{field}.{name}",
            )
    if not message.preset:
        if not message.action_prompt.strip():
            raise errors.InvalidRequest("An action needs a preset or an action prompt.", field=f"{field}.action_prompt")
        return {"preset": "", "action_prompt": message.action_prompt, "effect_prompt": message.effect_prompt, **moves}
    preset = _preset(message.preset, f"{field}.preset")
    return {
        "preset": preset.id,
        "action_prompt": message.action_prompt or preset.action_prompt,
        "effect_prompt": message.effect_prompt or preset.effect_prompt,
        **moves,
    }


def label(text: str, field: str = "name") -> str:
    """A name shown to people."""
    if len(text) > limits.NAME_MAX_CHARS:
        raise errors.InvalidRequest(f"A name has at most {limits.NAME_MAX_CHARS} characters.", field=field)
    return text


def _within(asked: float, least: float, most: float, field: str) -> float:
    """A factor that was asked for; 0 means 1. What is no number is refused, too."""
    if asked and not least <= asked <= most:
        name = field.rsplit(".", 1)[-1]
        raise errors.InvalidRequest(f"The {name} must be {least:g} to {most:g}; 1 is the preset's way.", field=field)
    return asked or 1.0


def _action(spec: jobs_pb2.ActionSpec, field: str) -> Row:
    found = direction(spec.direction, field)
    named = presets.find(found["preset"]).label if found["preset"] else found["action_prompt"][:40]
    return {"direction": found, "label": label(spec.label, f"{field}.label") or named}


def _preset(name: str, field: str) -> presets.Preset:
    try:
        return presets.find(name)
    except errors.UnknownPreset as error:
        raise errors.UnknownPreset(error.message, field=field) from None


def _targets(asked: Sequence[str]) -> list[str]:
    if len(set(asked)) != len(asked) or len(asked) > limits.TARGETS_MAX:
        raise errors.InvalidRequest("Name each target once.", field="options.targets")
    return [_target(target) for target in asked] or ["line-emoji"]


def _target(target_id: str) -> str:
    try:
        return targets.find(target_id).id
    except errors.UnknownTarget as error:
        raise errors.UnknownTarget(error.message, field="options.targets") from None
