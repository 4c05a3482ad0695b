"""Experiments: design points, a pool of processes, a results folder that only grows.

The unit of work is one (point, trial, replication). A folder is named by the hash of everything
that can change an outcome, so that the same command continues, extends or has nothing to do.

Modules, each imported on demand so that ``import hvmc.experiment`` stays cheap:

``settings``
    What an experiment is.
``run``, ``plan``, ``reproduce``, ``replaying``, ``results``
    What is done with one: run it, foresee it, run it again and compare, one trial of it step by
    step, read it.
``spans``, ``blocks``, ``schedule``, ``pool``, ``chunk``, ``rows``
    Which units there are, in which files they end up, how they are cut into chunks, simulated in
    parallel and turned into rows.
``schema``, ``table_files``, ``reader``, ``reuse``, ``failures``
    The tables, their Parquet files, units found in sibling folders, units that failed.
``cluster``
    Chunks simulated by the workers of a Dask cluster.
``shard``, ``merging``
    An experiment cut into parts that are run apart, and put together again.
``slow``
    Which trials will take minutes.
``folder``, ``saved``, ``provenance``, ``lock``, ``links``, ``files``, ``errors``
    The folder's other files.
"""
