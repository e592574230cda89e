"""The orchestrator: the pipeline's rules, its state, its outbox. The only writer of job state."""
