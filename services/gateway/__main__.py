"""`python -m services.gateway`."""

from pydantic import SecretStr

from popcon import server, storage
from services.gateway.app import create_app
from services.gateway.links import open_links
from services.gateway.settings import GatewaySettings


async def serve(settings: GatewaySettings, service: server.Service) -> None:
    """Serves REST until it is told to stop. Ready means listening: a part that is away is told per request."""
    store = storage.open_store(
        settings.store_url,
        storage.S3Settings(
            settings.s3_endpoint, settings.s3_region, settings.s3_access_key, SecretStr(settings.s3_secret_key)
        ),
    )
    try:
        async with (
            open_links(settings, store, service.stop) as links,
            server.asgi(create_app(links), settings.listen, settings.grace_s),
        ):
            await service.set_ready(True)
            await service.stop.wait()
            await service.set_ready(False)
    finally:
        await store.close()


if __name__ == "__main__":
    server.run("gateway", GatewaySettings, serve)
