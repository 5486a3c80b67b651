"""The state of a cloud: its objects, what happens to them later, storage, what is published, faults."""
