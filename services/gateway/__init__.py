"""The gateway: REST and server-sent events in front of the gRPC services. It holds no state and reads no pixels."""
