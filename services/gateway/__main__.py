"""`python -m services.gateway`."""

import functools

from popcon import config, server
from services.gateway.app import create_app
from services.gateway.links import open_links
from services.gateway.settings import GatewaySettings
from services.gateway.tokens import OidcTokens


async def serve(settings: GatewaySettings, service: server.Service) -> None:
    """Serves REST until it is told to stop. Ready means listening: a part that is away is told per request."""
    store = config.open_store(settings)
    issuer = settings.oidc_issuer
    tokens = OidcTokens(issuer, settings.oidc_audience) if issuer else None
    app = functools.partial(create_app, keys_required=settings.keys, tokens=tokens)
    try:
        async with (
            open_links(settings, store, service.stop) as links,
            server.asgi(app(links), settings.listen, settings.grace_s),
        ):
            await service.set_ready(True)
            await service.stop.wait()
            await service.set_ready(False)
    finally:
        await store.close()


if __name__ == "__main__":
    server.run("gateway", GatewaySettings, serve)
