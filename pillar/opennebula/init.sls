# Includes every file of blueprints/ and users/: to add a user, add a file. users/ has an init.sls, since a pattern that
# matches no file is an error in Salt. Salt merges the files key by key, so a file may also change a value of another one.
include:
  - opennebula.connection
  - opennebula.blueprints.*
  - opennebula.users*
