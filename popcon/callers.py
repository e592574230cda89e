"""Which part of popcon may call which gRPC service, where parts show certificates: one table, held by every server.

A part is called as the common name of its certificate says: `gateway`, `matting`, … `operator` is a person's.
"""

from collections.abc import Mapping

from popcon import errors

_WORKERS = frozenset({"startframe", "motion", "matting", "packaging"})
_GATEWAY = frozenset({"gateway"})

CALLERS: Mapping[str, frozenset[str]] = {
    "popcon.v1.AccessService": _GATEWAY | {"operator"},
    "popcon.v1.PictureService": _GATEWAY,
    "popcon.v1.JobService": _GATEWAY,
    "popcon.v1.EditService": _GATEWAY,
    "popcon.v1.SetService": _GATEWAY,
    "popcon.v1.DeadLetterService": _GATEWAY,
    "popcon.v1.OwnerService": _GATEWAY | {"operator"},
    "popcon.v1.ReservationService": _GATEWAY,
    "popcon.v1.WebhookService": _GATEWAY,
    "popcon.v1.DeliveryService": frozenset({"webhooks"}),
    "popcon.v1.RunService": _WORKERS,
    "popcon.v1.StartFrameService": _GATEWAY,
    "popcon.v1.MotionService": _GATEWAY,
    "popcon.v1.MattingService": _GATEWAY,
    "popcon.v1.PackagingService": _GATEWAY,
}


def check(caller: str, method: str) -> None:
    """Raises `Forbidden` unless a part may call a method, as `/popcon.v1.RunService/Claim`."""
    service = method.strip("/").partition("/")[0]
    if caller not in CALLERS.get(service, frozenset()):
        raise errors.Forbidden(f"{caller[:60] or 'Nobody'} may not call {service}; popcon/callers.py says who may.")
