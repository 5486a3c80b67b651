{%- from tpldir ~ "/map.jinja" import gateway with context %}

include:
  - .check

gateway packages:
  pkg.installed:
    - pkgs: {{ gateway.packages | json }}
    - require:
      - onegateway: gateway pillar
