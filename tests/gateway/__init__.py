"""The configuration inside a gateway, tested with packets in network namespaces."""
