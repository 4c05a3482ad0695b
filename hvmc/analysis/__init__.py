"""Estimates with uncertainty from the outcomes of simulated hosts: a frame in, a tidy frame out.

Guests of one trial share a host, so they are not independent: the *cluster* of every estimate is
the trial, also across replications (same scenario) and design points (common random numbers).

Modules, each imported on demand so that ``import hvmc.analysis`` stays cheap:

``clusters``
    Cluster codes, and the check that a frame has the columns needed.
``intervals``
    Means and ratios of sums, and the ``Interval`` that every estimator returns.
``shares``
    Proportions of scenarios and shares of guests.
``quantiles``
    Quantiles over guests.
``bands``
    The exceedance curve P(stretch > x) with a pointwise or simultaneous band.
``bins``
    Estimates in bins of a commitment.
``onset``
    The commitment from on which a stated share of the guests suffers.
``suffering``
    Shares of guests that suffer, by class of a guest's property.
``summary``
    All metrics of an experiment as one tidy frame.
``by_guest``
    Each guest of one host: its stretch over the trials, what it loses time to.
``host_regimes``
    Which of the four regimes a host is in, by criteria fixed beforehand.
``limits``
    What a host's guests use of what there is, and what saturates first.
``replications``
    The long-run stretch of a scenario from several replications of it.
``claims``
    Claims, judged by criteria fixed beforehand.
``numbers``
    How numbers and their intervals are written.
``words``
    What regimes and settings are called wherever they are told.
``paired``
    Two design points compared guest by guest under common random numbers.
``causes``
    Shapley values of log stretch, and what each cause contributes to the penalty.
"""
