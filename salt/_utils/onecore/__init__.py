"""The logic of the OpenNebula modules and states, importable without Salt.

Salt syncs this package (`import onecore`) and pip installs it (`saltext.opennebula.utils.onecore`) from the
same files, so modules inside import each other relatively and name no third-party package but lxml, requests
and, where it is there, zmq.
"""

#: Raised whenever modules and states need a newer package than before: Salt refreshes those while a process
#: runs, but not what they import, and `bridge.virtual` refuses to mix them.
API = 1
