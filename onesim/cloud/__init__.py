"""The state of a cloud: its objects, what happens to them later, what lasts, what is published, what goes wrong."""
