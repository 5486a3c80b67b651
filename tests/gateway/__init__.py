"""The inside of a gateway, proved with packets in network namespaces."""
