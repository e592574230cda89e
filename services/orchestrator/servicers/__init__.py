"""The gRPC servicers: message in, one change or look-up, message out."""
