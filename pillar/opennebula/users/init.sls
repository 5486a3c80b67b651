# Nothing: it is there so that this folder may be without users.
opennebula: {}
