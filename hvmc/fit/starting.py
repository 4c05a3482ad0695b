"""Inventories to begin with: what `hvmc init` writes, in the forms that `hvmc fit` reads."""

__all__ = ["STARTS"]

# no commas, semicolons or quotes in comments: a spreadsheet that saves the file leaves them alone
_CSV = """\
# One host and its VMs. Replace these made-up rows by your own; a spreadsheet opens this file.
# kind: host or vm. count: how many VMs like this one. vps: virtual processors (vCPUs).
# memory: static. Of dynamic memory leave it empty and fill startup and minimum and maximum.
# CPU %: mean use of its own VPs in working hours. CPU p95: what is exceeded in one hour of twenty.
# IOPS and latency: of its disk. packets/s: of its network. weight: 100 unless it was changed.
# Leave empty what is not known: it is drawn from a range and the answer becomes wider.
kind,name,count,vps,memory,startup,minimum,maximum,CPU %,CPU p95,IOPS,latency,packets/s,weight
host,hv01,,16,128 GB,,,,,,,,,
vm,dc,1,2,4 GB,,,,6 %,15 %,40,2 ms,120,100
vm,sql,1,8,32 GB,,,,35 %,70 %,900,1 ms,800,400
vm,web,3,4,,4 GB,2 GB,12 GB,22 %,60 %,,,2500,100
vm,print,1,1,2 GB,,,,2 %,,,,,
"""

_YAML = """\
# One host and its VMs. Replace these made-up ones by your own. Leave out what is not known: it is
# drawn from a range, and the answer becomes wider. Units as people write them: 16 GB, 35 %, 2 ms.
host:
  sockets: 2 # or lps: 16, hardware threads in all
  cores: 8 # of a socket
  threads: 1 # of a core; 2 where SMT (Hyper-Threading) is on
  memory: 128 GB
vms:
  sql: # a name of your own
    vps: 8 # virtual processors (vCPUs)
    memory: 32 GB # static
    cpu: 35 % # mean use of its own VPs in working hours
    cpu p95: 70 % # what is exceeded in one hour of twenty
    iops: 900 # of its disk
    latency: 1 ms # of one of them
    kib per io: 8
    packets: 800 # of its network, a second
    weight: 400 # 100 unless it was changed; also reserve: 10 %, limit: 50 %
  web:
    count: 3 # so many like this one
    vps: 4
    startup: 4 GB # dynamic memory
    minimum: 2 GB
    maximum: 12 GB
    cpu: 22 %
    cpu p95: 60 %
  print: # this much suffices
    vps: 1
    memory: 2 GB
    cpu: 2 %
"""

STARTS = {".csv": _CSV, ".yaml": _YAML, ".yml": _YAML}
"""Suffix of a file to what it holds."""
