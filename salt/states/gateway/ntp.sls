{%- from tpldir ~ "/map.jinja" import gateway, said with context %}

include:
  - .config

{%- if "ntp" in said %}

gateway chrony package:
  pkg.installed:
    - name: {{ gateway.chrony.package }}
    - require:
      - onegateway: gateway pillar

gateway chrony:
  file.managed:
    - name: {{ gateway.chrony.config }}
    - source: salt://{{ tpldir }}/files/chrony.conf.jinja
    - template: jinja
    - mode: "0644"
    - context: {{ {"networks": said.networks, "servers": said.ntp.get("servers", [])} | json }}
    - require:
      - pkg: gateway chrony package
  service.running:
    - name: {{ gateway.chrony.service }}
    - enable: true
    - watch:
      - file: gateway chrony
    - require:
      - onegateway: gateway configuration
{%- else %}

gateway chrony:
  file.absent:
    - name: {{ gateway.chrony.config }}
    - require:
      - onegateway: gateway pillar
{%- endif %}
