# Empty, so that the pattern `opennebula.users*` matches a file even without users.
opennebula: {}
