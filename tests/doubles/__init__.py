"""Test doubles for several layers: simulated clouds and endpoints."""
