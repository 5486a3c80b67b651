"""Stand-ins that tests of several layers use: clouds and endpoints that are not there."""
