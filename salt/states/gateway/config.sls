{%- from tpldir ~ "/map.jinja" import gateway with context %}

include:
  - .package

# The installed programs check the configuration before it is written.
gateway drafts:
  onegateway.validated:
    - masters: {{ gateway.masters | json }}
    - failhard: true
    - require:
      - pkg: gateway packages

{%- for unit in ("firewall", "network", "dnsmasq") %}

gateway unit {{ unit }}:
  file.managed:
    - name: {{ gateway.units }}/onegateway-{{ unit }}.service
    - source: salt://{{ tpldir }}/files/{{ unit }}.service.jinja
    - template: jinja
    - mode: "0644"
    - context: {{ {"sbin": gateway.sbin, "pillar_note": "Written by Salt's formula gateway."} | json }}
    - require:
      - onegateway: gateway drafts
    - require_in:
      - onegateway: gateway configuration
{%- endfor %}

gateway configuration:
  onegateway.configured:
    - masters: {{ gateway.masters | json }}
    - require:
      - onegateway: gateway drafts

# After the configuration: nothing is forwarded before there are firewall rules.
gateway forwarding:
  sysctl.present:
    - name: net.ipv4.ip_forward
    - value: 1
    - config: {{ gateway.sysctl_config }}
    - require:
      - onegateway: gateway configuration

gateway if-up:
  file.managed:
    - name: {{ gateway.if_up }}/onegateway
    - source: salt://{{ tpldir }}/files/if-up.jinja
    - template: jinja
    - mode: "0755"
    - context: {{ {"sbin": gateway.sbin, "pillar_note": "Written by Salt's formula gateway."} | json }}
    - onlyif:
      - fun: file.directory_exists
        path: {{ gateway.if_up }}
    - require:
      - onegateway: gateway configuration

gateway interface rules:
  file.managed:
    - name: {{ gateway.udev_rules }}/60-onegateway.rules
    - source: salt://{{ tpldir }}/files/interface.rules.jinja
    - template: jinja
    - mode: "0644"
    - context: {{ {"pillar_note": "Written by Salt's formula gateway."} | json }}
    - onlyif:
      - fun: file.directory_exists
        path: {{ gateway.udev_rules }}
    - require:
      - onegateway: gateway configuration
