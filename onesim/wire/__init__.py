"""From connections to calls and back: HTTP, XML-RPC, and the log."""
