"""Everything about OpenNebula that thinks, importable without Salt.

Salt syncs this package (`import onecore`) and pip installs it (`saltext.opennebula.utils.onecore`) from the
same files, so modules inside import each other relatively and name no third-party package but lxml, requests
and pyone.
"""
