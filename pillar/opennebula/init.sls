# Every file of blueprints/ and users/ counts: a new user is a new file, and nothing else changes.
# Salt merges them key by key, so a file may also refine what another one says.
include:
  - opennebula.connection
  - opennebula.shared
  - opennebula.pipelines
  - opennebula.blueprints.*
  - opennebula.users.*
