"""Skipping: `run_if`, reasons and pass-through."""

from __future__ import annotations

import cascade as cs

from .table import feature
from .words import add, double, fail, give, join, one, pair, two

MISSING = cs.DependencyMissingError


@feature(value=2, calls="one; give True; double 1")
def met():
    """a condition that holds"""
    return double(one()).run_if(give(True))


@feature(raises=MISSING, says="ConditionFalse", calls="one; give 0")
def skipped_target():
    """ConditionFalse: a final target raises `DependencyMissingError`; inputs and condition have run"""
    return double(one()).run_if(give(0))


@feature(value=1, calls="one; give False; give 1")
def passed_through():
    """a consumer receives the first data input of the skipped node"""
    return give(double(one()).run_if(give(False)))


@feature(value=[1], calls="one; join 1")
def constant_condition():
    """a condition that is a plain value"""
    return join(double(one()).run_if(None))


@feature(value=1, calls="one; give 0; give 1")
def chains():
    """pass-through follows chains of skipped nodes"""
    no = give(0)
    return give(double(double(one()).run_if(no)).run_if(no))


@feature(value=2, calls="two; give 2")
def literals_are_no_data():
    """literals are passed over for the first data input"""
    return give(pair("literal", two()).run_if(False))


@feature(value=[[1, 2]], calls="one; two; join [1, 2]")
def containers_pass():
    """a container with something lazy is passed as a whole"""
    return join(give([one(), two()]).run_if(False))


@feature(raises=MISSING, says="UpstreamSkipped_Data", calls="")
def data_reason():
    """UpstreamSkipped_Data: nothing to pass, so that the consumer is skipped too"""
    return double(give(5).run_if(False))


@feature(value=None, calls="one; give 0; two")
def sequence_reason():
    """UpstreamSkipped_Sequence: a final target after a skipped predecessor gives `None`"""
    return double(two()).after(double(one()).run_if(give(0)))


@feature(raises=MISSING, says="UpstreamSkipped_Condition", calls="one")
def condition_reason():
    """UpstreamSkipped_Condition: the condition was skipped"""
    return double(one()).run_if(give(True).run_if(False))


@feature(value=None, calls="")
def sequence_first():
    """several reasons: Sequence goes before Data and Condition"""
    return double(give(5).run_if(False)).after(one().run_if(False)).run_if(False)


@feature(raises=MISSING, says="UpstreamSkipped_Data", calls="")
def data_second():
    """several reasons: Data goes before Condition"""
    return double(give(5).run_if(False)).run_if(False)


@feature(value=3, calls="one; give 3", inputs={"n": 3})
def params_are_data():
    """an input of the workflow is data to pass"""
    return give(add(cs.Param("n"), one()).run_if(False))


@feature(raises=ValueError, says="bad condition", calls="one; fail bad condition")
def failing_condition():
    """an exception in a condition is the run's, and isn't retried"""
    return double(one()).run_if(fail("bad condition")).with_retry(max_attempts=3)


@feature(value=2, calls="give p; one; give True; double 1")
def order():
    """around a node: predecessors, inputs, condition, call"""
    return double(one()).after(give("p")).run_if(give(True))


@feature(value=[1, 4], calls="one; two; double 2; join 1 4")
def one_of_several():
    """skipped beside others: what consumes it goes on"""
    return join(double(one()).run_if(0), double(two()))


@feature(value=[2], calls="one; two; give 0; join 2")
def skipped_after_given_name():
    """the first data input in the order written, by keyword too"""
    return join(add(b=two(), a=5).run_if(give(0)).after(one()))


@feature(value=1, calls="one; give 0; give 1")
def skipped_shared():
    """a skipped node that two consumers share"""
    skipped = double(one()).run_if(give(0))
    return give(pair(skipped, skipped).run_if(False))


@feature(value=[None, 1], calls="one; give 0; one")
def among_targets():
    """a target skipped for its predecessor beside another"""
    return [two().after(double(one()).run_if(give(0))), one()]
