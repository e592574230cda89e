from typing import Any

import pytest
from pydantic import ValidationError

from popcon import config
from services.gateway.settings import GatewaySettings


@pytest.mark.parametrize("listen", ["127.0.0.1:8400", "localhost:0", "127.0.0.2:65535", "::1:8400"])
def test_this_machine_is_a_fine_place_to_listen(listen: str) -> None:
    assert GatewaySettings(listen=listen).listen == listen


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "10.0.0.1:1", ":1", "*:1", "::0:1", "localhost.evil.example:1"])
def test_beyond_it_keys_are_needed(listen: str) -> None:
    with pytest.raises(ValidationError, match="POPCON_KEYS=true"):
        GatewaySettings(listen=listen)
    assert GatewaySettings(listen=listen, keys=True).listen == listen


@pytest.mark.parametrize(
    "told",
    [
        {"keys": True, "oidc_issuer": "https://id.example"},
        {"keys": True, "oidc_audience": "popcon"},
        {"oidc_issuer": "https://id.example", "oidc_audience": "popcon"},
    ],
)
def test_half_of_an_identity_provider_is_told(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="POPCON_OIDC_"):
        GatewaySettings(**told)


@pytest.mark.parametrize("listen", ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536"])
def test_what_is_no_address_is_told(listen: str) -> None:
    with pytest.raises(ValidationError, match=r"host:port"):
        GatewaySettings(listen=listen)


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in GatewaySettings.model_fields.values())
    assert "POPCON_ORCHESTRATOR" in config.describe(GatewaySettings)
