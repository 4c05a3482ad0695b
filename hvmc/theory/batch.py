r"""Batch arithmetic: serial and parallel work, processors, barriers.

**Elapsed time.** A job with serial work s, perfectly divisible parallel work p and pauses d (sleep,
I/O nobody waits for) takes on c processors

.. math:: T(c) = d + (1 + \tau) \left(s + p / c\right),

where the CPU tax :math:`\tau` lengthens all CPU work and no pause. With :math:`\tau = d = 0` this
is Amdahl's law; two measurements at different c determine s and p.

**Barriers.** N tasks of mean m are taken from one queue by c processors; the barrier opens when the
last is done. Deterministic tasks take :math:`\lceil N / c \rceil m`. Exponential ones complete at
rate c/m while at least c are left, then one processor after the other goes idle:

.. math:: E[T] = m \left(\frac{N - k}{c} + \sum_{i=1}^{k} \frac{1}{i}\right), \qquad k = \min(N, c).

References
----------
G. M. Amdahl, Validity of the single processor approach to achieving large scale computing
capabilities, AFIPS Spring Joint Computer Conference, 1967.
A. Renyi, On the theory of order statistics, Acta Mathematica Academiae Scientiarum
Hungaricae 4, 1953 (spacings of exponential order statistics).
"""

import math
from dataclasses import dataclass

from hvmc.theory._inputs import require, require_count, require_nonnegative, require_positive


@dataclass(frozen=True, slots=True)
class BatchWork:
    """What a batch job has to do, in seconds on one undisturbed processor.

    Attributes
    ----------
    serial_s : float
        CPU work that one processor does alone, >= 0.
    parallel_s : float
        CPU work that is divided among all processors, >= 0.
    pause_s : float
        Time off the CPU that no processor shortens, >= 0.
    """

    serial_s: float
    parallel_s: float
    pause_s: float = 0.0

    def __post_init__(self) -> None:
        require_nonnegative("serial_s", self.serial_s, "0 means none")
        require_nonnegative("parallel_s", self.parallel_s, "0 means none")
        require_nonnegative("pause_s", self.pause_s, "0 means none")

    def elapsed_s(self, processors: int, cpu_tax: float = 0.0) -> float:
        """Elapsed time on ``processors`` processors, see the module's formula.

        Parameters
        ----------
        processors : int
            Processors c, all of them the job's own, >= 1.
        cpu_tax : float
            Share by which CPU work takes longer, >= 0: 0.1 is 10 %.

        Returns
        -------
        float
            Seconds.

        Raises
        ------
        ValueError
            If an argument is out of range.

        References
        ----------
        Amdahl 1967, see the module.

        Examples
        --------
        >>> BatchWork(serial_s=10.0, parallel_s=80.0).elapsed_s(4)
        30.0
        """
        require_count("processors", processors, "give the processors of the job")
        require_nonnegative("cpu_tax", cpu_tax, "give 0.1 for 10 %")
        cpu_s = self.serial_s + self.parallel_s / processors
        return self.pause_s + (1.0 + cpu_tax) * cpu_s

    def speedup(self, processors: int) -> float:
        """Elapsed time on one processor over elapsed time on ``processors``, untaxed.

        Examples
        --------
        >>> BatchWork(serial_s=10.0, parallel_s=80.0).speedup(4)
        3.0
        """
        elapsed_s = self.elapsed_s(processors)
        require_positive("elapsed_s", elapsed_s, "give the job some work")
        return self.elapsed_s(1) / elapsed_s


def fit_batch(processors: tuple[int, int], elapsed_s: tuple[float, float]) -> BatchWork:
    r"""Fit serial and parallel work to the elapsed times on two numbers of processors.

    :math:`p = (T_1 - T_2) / (1/c_1 - 1/c_2)`, :math:`s = T_1 - p / c_1`. Pauses are part of s, and
    a tax that was paid is part of both: two numbers cannot tell them apart.

    Parameters
    ----------
    processors : tuple of int
        Two different numbers, >= 1.
    elapsed_s : tuple of float
        The elapsed time measured with each, > 0, in any one unit.

    Returns
    -------
    BatchWork
        In the unit of ``elapsed_s``.

    Raises
    ------
    ValueError
        If the processors are equal, or no job of this kind fits: more processors took longer, or
        shortened it by more than their number explains.

    References
    ----------
    Amdahl 1967, see the module, solved for its two parts.

    Examples
    --------
    >>> fit_batch(processors=(2, 4), elapsed_s=(147.0, 105.0))
    BatchWork(serial_s=63.0, parallel_s=168.0, pause_s=0.0)
    """
    for index in (0, 1):
        require_count(f"processors[{index}]", processors[index], "give the processors used")
        require_positive(f"elapsed_s[{index}]", elapsed_s[index], "give the time measured")
    (first, second), (first_s, second_s) = processors, elapsed_s
    require(first != second, "processors", "two different numbers", processors, "measure another")
    parallel_s = (first_s - second_s) * first * second / (second - first)
    serial_s = first_s - parallel_s / first
    rule, remedy = "such that no part is negative", "serial + parallel / c does not describe it"
    value = f"{elapsed_s} (serial {serial_s:g}, parallel {parallel_s:g})"
    require(min(serial_s, parallel_s) >= 0.0, "elapsed_s", rule, value, remedy)
    return BatchWork(serial_s, parallel_s)


def barrier_deterministic_s(tasks: int, processors: int, task_s: float) -> float:
    r"""Time until all equal tasks are done, :math:`\lceil N / c \rceil m`.

    Parameters
    ----------
    tasks : int
        Tasks N before the barrier, >= 1.
    processors : int
        Processors c, >= 1.
    task_s : float
        Length of each task, seconds, > 0.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> barrier_deterministic_s(tasks=5, processors=4, task_s=1.0)
    2.0
    """
    _require_barrier(tasks, processors, task_s)
    return math.ceil(tasks / processors) * task_s


def mean_barrier_exponential_s(tasks: int, processors: int, mean_task_s: float) -> float:
    """Mean time until all exponential tasks are done, see the module's formula.

    Parameters
    ----------
    tasks, processors : int
        As in `barrier_deterministic_s`.
    mean_task_s : float
        Mean length of a task, seconds, > 0.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Renyi 1953, see the module.

    Examples
    --------
    >>> mean_barrier_exponential_s(tasks=6, processors=2, mean_task_s=1.0)
    3.5
    """
    _require_barrier(tasks, processors, mean_task_s)
    at_end = min(tasks, processors)
    harmonic = math.fsum(1.0 / count for count in range(1, at_end + 1))
    return mean_task_s * ((tasks - at_end) / processors + harmonic)


def _require_barrier(tasks: int, processors: int, task_s: float) -> None:
    require_count("tasks", tasks, "give the tasks before the barrier")
    require_count("processors", processors, "give the processors that take tasks")
    require_positive("task_s", task_s, "give the mean length of a task")
