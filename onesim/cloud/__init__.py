"""The state of a cloud: its objects, pending transitions, storage, events, faults."""
