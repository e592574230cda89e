"""What can be refused before anything is stored or anybody asked. The orchestrator holds all of it again."""

from collections.abc import Sequence

from popcon import errors
from popcon.catalog import limits, presets, targets
from popcon.rest import ActionSpec, NewWords


def check_actions(actions: Sequence[ActionSpec]) -> None:
    """Raises `NoActions`, `TooManyActions`, `UnknownPreset`, `PromptTooLong` or `InvalidRequest`, naming the action."""
    if not actions:
        raise errors.NoActions(
            "A job needs actions; name at least one preset or prompt (GET /v1/presets lists them).", field="actions"
        )
    if len(actions) > limits.ACTIONS_MAX:
        raise errors.TooManyActions(
            f"A job takes at most {limits.ACTIONS_MAX} actions, not {len(actions)}; split them over several jobs.",
            field="actions",
        )
    for index, action in enumerate(actions):
        check_words(action, f"actions[{index}]")


def check_words(words: ActionSpec | NewWords, field: str) -> None:
    """Raises as `check_actions`, for one action."""
    for name, prompt in (("action_prompt", words.action_prompt), ("effect_prompt", words.effect_prompt)):
        if len(prompt) > limits.PROMPT_MAX_CHARS:
            raise errors.PromptTooLong(
                f"A prompt has at most {limits.PROMPT_MAX_CHARS} characters, not {len(prompt)}; shorten it.",
                field=f"{field}.{name}",
            )
    if words.preset:
        try:
            presets.find(words.preset)
        except errors.UnknownPreset as error:
            raise errors.UnknownPreset(error.message, field=f"{field}.preset") from None
    elif not words.action_prompt.strip():
        raise errors.InvalidRequest(
            "An action without a preset needs an action_prompt that says what the character does.", field=field
        )


def check_targets(wanted: Sequence[str], field: str) -> None:
    """Raises `UnknownTarget`, or `InvalidRequest` for too many or the same twice."""
    if len(wanted) > limits.TARGETS_MAX:
        raise errors.InvalidRequest(f"A job takes at most {limits.TARGETS_MAX} targets; name fewer.", field=field)
    for index, target in enumerate(wanted):
        try:
            targets.find(target)
        except errors.UnknownTarget as error:
            raise errors.UnknownTarget(error.message, field=f"{field}[{index}]") from None
    if len(set(wanted)) < len(wanted):
        raise errors.InvalidRequest("A target is named twice; name each once.", field=field)
