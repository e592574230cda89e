"""The routes, a module per resource. A handler takes a request apart, asks a service and puts the answer together."""
