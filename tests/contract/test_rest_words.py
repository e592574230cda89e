"""REST and gRPC say the same: every enum value and every field of one is in the other."""

from enum import StrEnum
from typing import Any

import pytest
from google.protobuf.message import Message
from pydantic import BaseModel

from popcon import rest
from popcon.v1 import (
    common_pb2,
    dead_letters_pb2,
    edits_pb2,
    jobs_pb2,
    matting_pb2,
    packaging_pb2,
    runs_pb2,
    sets_pb2,
    startframe_pb2,
    webhooks_pb2,
)
from services.gateway import to_proto, to_rest
from services.orchestrator.rules import notices


@pytest.mark.parametrize(
    ("enum", "words"),
    [
        (common_pb2.Stage, rest.Stage),
        (common_pb2.Lane, rest.Lane),
        (jobs_pb2.ActionState, rest.ActionState),
        (jobs_pb2.RunState, rest.RunState),
        (jobs_pb2.JobState, rest.JobState),
        (edits_pb2.EditState, rest.EditState),
        (sets_pb2.SetState, rest.SetState),
        (dead_letters_pb2.DeadLetterState, rest.DeadLetterState),
        (matting_pb2.SelectTool, rest.SelectTool),
        (webhooks_pb2.WebhookState, rest.WebhookState),
        (webhooks_pb2.DeliveryState, rest.DeliveryState),
    ],
)
def test_enums(enum: Any, words: type[StrEnum]) -> None:
    assert [to_rest.word(enum, value) for value in enum.values() if value] == [word.value for word in words]


def test_what_webhooks_are_told_of_is_what_they_may_ask_for() -> None:
    assert tuple(rest.WebhookType) == notices.TYPES


def test_stages_of_an_action_are_those_of_the_contract_without_assemble() -> None:
    assert [stage.value for stage in rest.ActionStage] == [stage.value for stage in rest.Stage][:-1]
    for stage in rest.ActionStage:
        assert str(to_rest.stage(common_pb2.Stage.Value(to_proto.stage(stage)))) == stage.value


@pytest.mark.parametrize(
    ("message", "model", "more", "less"),
    [
        (common_pb2.Artifact, rest.Artifact, {"url"}, set()),
        (common_pb2.Error, rest.Failure, set(), {"retry_after_s"}),
        (common_pb2.Direction, rest.Direction, set(), set()),
        (common_pb2.Direction, rest.NewWords, set(), set()),
        (common_pb2.Box, rest.Box, set(), set()),
        (common_pb2.Selection, rest.Selection, set(), set()),
        (common_pb2.Selection, rest.Choice, set(), set()),
        (common_pb2.Picture, rest.Picture, set(), {"owner"}),
        (jobs_pb2.JobOptions, rest.JobOptions, set(), set()),
        (jobs_pb2.Run, rest.Run, set(), set()),
        (jobs_pb2.Action, rest.Action, set(), set()),
        (jobs_pb2.Job, rest.Job, set(), {"owner"}),
        (jobs_pb2.JobSummary, rest.JobSummary, set(), set()),
        (jobs_pb2.ActionSummary, rest.ActionSummary, set(), set()),
        (jobs_pb2.GetPaceResponse, rest.Pace, set(), set()),
        (jobs_pb2.StagePace, rest.StagePace, set(), set()),
        (startframe_pb2.CropRequest, rest.Crop, set(), {"owner", "source"}),
        (jobs_pb2.Event, rest.Event, set(), set()),
        (dead_letters_pb2.DeadLetter, rest.DeadLetter, set(), set()),
        (dead_letters_pb2.ListDeadLettersResponse, rest.DeadLetterPage, set(), set()),
        (edits_pb2.Edit, rest.Edit, set(), set()),
        (runs_pb2.Operation, rest.Operation, set(), set()),
        (runs_pb2.Operation, rest.NewOperation, set(), {"seq"}),
        (runs_pb2.Stroke, rest.Stroke, set(), set()),
        (runs_pb2.EffectRef, rest.EffectRef, set(), set()),
        (edits_pb2.OpenEditRequest, rest.NewEdit, set(), {"owner", "action_id"}),
        (matting_pb2.SelectPoint, rest.SelectPoint, set(), set()),
        (matting_pb2.SelectRequest, rest.Pointing, {"frame"}, {"image"}),
        (matting_pb2.SelectResponse, rest.Region, set(), set()),
        (sets_pb2.EmojiSet, rest.EmojiSet, set(), set()),
        (sets_pb2.Breach, rest.Breach, set(), set()),
        (packaging_pb2.CheckResponse, rest.CheckResult, {"passes"}, set()),
        (jobs_pb2.CreateJobRequest, rest.NewJob, set(), {"owner", "idempotency_key"}),
        (jobs_pb2.ApproveActionRequest, rest.Approval, set(), {"owner", "action_id"}),
        (jobs_pb2.RegenerateActionRequest, rest.Regeneration, set(), {"owner", "action_id", "idempotency_key"}),
        (jobs_pb2.SelectTakeRequest, rest.TakeChoice, set(), {"owner", "action_id"}),
        (jobs_pb2.ResumeActionRequest, rest.Resumption, set(), {"owner", "action_id", "idempotency_key"}),
        (jobs_pb2.ResumeJobRequest, rest.ResumptionOfJob, set(), {"owner", "job_id", "idempotency_key"}),
        (jobs_pb2.SkipRefineRequest, rest.VersionOfAction, set(), {"owner", "action_id"}),
        (edits_pb2.AppendOperationRequest, rest.AppendedOperation, set(), {"owner", "edit_id"}),
        (edits_pb2.ApplyEditRequest, rest.VersionOfEdit, set(), {"owner", "edit_id"}),
        (webhooks_pb2.Webhook, rest.Webhook, set(), {"owner"}),
        (webhooks_pb2.Delivery, rest.Delivery, set(), set()),
        (webhooks_pb2.CreateWebhookRequest, rest.NewWebhook, set(), {"owner"}),
        (webhooks_pb2.CreateWebhookResponse, rest.MadeWebhook, set(), set()),
        (webhooks_pb2.RotateWebhookRequest, rest.WebhookRotation, set(), {"owner", "webhook_id"}),
        (webhooks_pb2.ListDeliveriesResponse, rest.DeliveryPage, set(), set()),
        (sets_pb2.ArrangeSetRequest, rest.Arrangement, set(), {"owner", "job_id", "target"}),
    ],
)
def test_fields(message: type[Message], model: type[BaseModel], more: set[str], less: set[str]) -> None:
    assert set(model.model_fields) == set(message.DESCRIPTOR.fields_by_name) - less | more
