"""HTTP, XML-RPC, and the log of calls."""
