"""What may be asked of a model, and what answers: requests, a local worker, the registry. One door for every engine."""
