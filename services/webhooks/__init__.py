"""Webhooks: sends deliveries to endpoints. The only service that talks to machines which strangers name."""
