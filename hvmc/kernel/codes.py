"""Numbers that stand for words in the state record, and how many there are of each."""

import numpy as np

FOREVER = np.int64(2**62)

# states of a virtual processor
IDLE, READY, RUNNING, CAPPED, BLOCKED = 0, 1, 2, 3, 4
STATES = ("idle", "ready", "running", "capped", "blocked")

# kinds of workload
CLOSED, OPEN, BATCH, TRACE = 0, 1, 2, 3
# the work a root VP does for guests' threads
TASKS = 4

# what a thread's timer means, or why it has none; IN_IO: at the device, IN_PATH: on the way,
# IN_ROOT: on a blocked VP, at the device for a page of the root
OFF_CPU, IN_IO, ON_CPU, PARKED, IN_PATH, IN_ROOT = 0, 1, 2, 3, 4, 5

# how a piece of a burst ends
BURST_OVER, ROOT_INTERCEPT, FAULT, IPI = 0, 1, 2, 3

# what the root does for a guest's thread
EMULATE, SUBMIT, COMPLETE = 0, 1, 2

# how I/Os reach their device; NATIVE also where the I/O mechanism is off
NATIVE_IO, SYNTHETIC, EMULATED, DIRECT = 0, 1, 2, 3
# a load's ways to its devices: 2 x load to the disk, 2 x load + 1 to the network
DISK, NETWORK = 0, 1

# why an interrupt was deferred
REASONS = ("idle", "ready", "capped", "blocked")
WHEN_IDLE, WHEN_READY, WHEN_CAPPED, WHEN_BLOCKED = 0, 1, 2, 3
# bin i of a delay histogram holds delays below 2**(i + DELAY_SHIFT) ns
DELAY_BINS, DELAY_SHIFT = 24, 10

# parts of a request's response time; together they are all of it
PARTS = (
    "service",
    "guest_queue",
    "dispatch_wait",
    "switch",
    "hypervisor",
    "slowdown",
    "root_wait",
    "io_path",
    "device",
    "deferred",
    "fault",
    "spin",
)
(
    P_SERVICE,
    P_QUEUE,
    P_DISPATCH,
    P_SWITCH,
    P_HYPERVISOR,
    P_SLOWDOWN,
    P_ROOT,
    P_PATH,
    P_DEVICE,
    P_DEFERRED,
    P_FAULT,
    P_SPIN,
) = range(12)

# kinds of distribution
DETERMINISTIC, EXPONENTIAL, UNIFORM, LOGNORMAL, PARETO, GAMMA, EMPIRICAL = 0, 1, 2, 3, 4, 5, 6

# dispatch rules
CREDIT, FAIR_QUEUE = 0, 1

# how measured requests are chosen: by start time, or by their index (native runs)
BY_TIME, BY_INDEX = 0, 1

# what `advance` returns
REACHED, BUFFER_FULL = 0, 1
# response times that the record holds until they are drained
BUFFER = 4096
