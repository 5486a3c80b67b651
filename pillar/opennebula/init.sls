# Every file of blueprints/ and users/ counts: a new user is a new file, and nothing else changes. users/ has an init.sls,
# since Salt takes a pattern that matches no file for an error.
# Salt merges them key by key, so a file may also refine what another one says.
include:
  - opennebula.connection
  - opennebula.blueprints.*
  - opennebula.users*
