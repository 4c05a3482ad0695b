"""What a log of counters says of its host and guests, without simulating.

collect    counters to record, and how
windows    a log, or a simulated host's counter series, cut into windows: means of quantities
features   what the models look at, of each window: the one place, for training and for logs
model      multinomial logistic models as plain numbers (model.json), a variant per set of counters
signs      published rules of thumb: where they fire, and what that is worth
diagnose   the answer, estimated once
advice     what to look at next
text       the answer in words and tables, or as JSON

``experiments/e16_diagnose`` trains the models on hvmc's own trials and tells how good they are.
"""
