"""The functions that Kubernetes adds to CEL, through the engine, as lessons use them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubelint_lessons.lessons import cel_functions
from kubelint_lessons.lessons.cel_quantity import amount
from kubelint_lessons.lessons.expression import Compiler, NotEvaluated


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    return Compiler()


HOLDS = """
quantity('1Gi') == quantity('1024Mi')
quantity('0.5') == quantity('500m')
quantity('1e3') == quantity('1k') && quantity('1E3') == quantity('1000')
quantity('1E').asInteger() == 1000000000000000000
quantity('.5').asApproximateFloat() == 0.5
quantity('1.').isInteger() && !quantity('1500m').isInteger()
quantity('0.1n') == quantity('1n')
quantity('99999999E') == quantity('9223372036854775807')
quantity('-1Ki').asInteger() == -1024 && sign(quantity('-1m')) == -1 && sign(quantity('0')) == 0
quantity('50k').add(quantity('20k')).asInteger() == 70000
quantity('1').add(2).sub(1).sub(quantity('500m')) == quantity('1500m')
quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1M').isLessThan(quantity('1Mi'))
quantity('1').compareTo(quantity('2')) == -1 && quantity('2').compareTo(quantity('2000m')) == 0
[ '1', '1.5Gi', '+1', '-1', '1e-3', '1E+3', '100Ei' ].all(q, isQuantity(q))
![ '', '.', 'Gi', '1gi', '1K', '1 Gi', '1e', '1.2.3', '1Mi5', '--1', '1e99999999', '١' ].exists(q, isQuantity(q))
isSemver('1.2.3-rc.1+build.5') && !isSemver('1.2') && !isSemver('01.2.3') && !isSemver('1.2.3-01')
!isSemver('v1.2.3') && isSemver('v1.2', true) && semver('v01.2', true).major() == 1 && semver('1.2.3').patch() == 3
semver('1.0.0-alpha').isLessThan(semver('1.0.0')) && semver('1.0.0-alpha.1').isGreaterThan(semver('1.0.0-alpha'))
semver('1.0.0-2').isLessThan(semver('1.0.0-10')) && semver('1.0.0-10').isLessThan(semver('1.0.0-a'))
semver('1.10.0').compareTo(semver('1.9.0')) == 1
isIP('10.0.0.1') && isIP('::1') && !isIP('10.0.0.1/8') && !isIP('10.0.0.256') && !isIP('010.0.0.1')
!isIP('fe80::1%eth0') && !isIP('::ffff:1.2.3.4') && !isIP('')
ip('::1').family() == 6 && ip('127.0.0.1').isLoopback() && ip('0.0.0.0').isUnspecified()
ip('169.254.1.1').isLinkLocalUnicast() && ip('224.0.0.5').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast()
ip('10.0.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast() && !ip('224.0.0.5').isGlobalUnicast()
ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1')
isCIDR('10.0.0.1/8') && !isCIDR('10.0.0.1') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0/08')
!isCIDR('fe80::%1/64')
cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/8').containsIP(ip('::1'))
cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))
cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && cidr('10.1.2.3/8').ip() == ip('10.1.2.3')
cidr('10.1.2.3/8').prefixLength() == 8
isURL('https://a.example:8443/b?c=d') && isURL('/a') && isURL('mailto:a@b') && isURL('https://[::1]:80/')
!isURL('a.example') && !isURL('') && !isURL('http://[::1') && !isURL('http://a:b/')
!isURL('http://a b/') && !isURL('/%zz')
url('https://u:p@a.example:8443/b%20c?q=1&q=2#f').getHost() == 'a.example:8443'
url('HTTPS://a.example:8443/x').getScheme() == 'https' && url('https://[::1]:80/').getHostname() == '::1'
url('https://a:80/').getPort() == '80' && url('https://a/').getPort() == '' && url('/x').getHost() == ''
url('https://a/b%20c/ü').getEscapedPath() == '/b%20c/%C3%BC'
url('https://a/?q=1&q=2&r=').getQuery()['q'] == ['1', '2'] && url('https://a/?r=').getQuery()['r'] == ['']
'v1.2 v3'.find('v[0-9]+') == 'v1' && 'x'.find('[0-9]') == '' && 'ABC'.find('(?i)b') == 'B'
'1a2b3'.findAll('[0-9]') == ['1', '2', '3'] && '1a2b3'.findAll('[0-9]', 2) == ['1', '2']
'1a2b3'.findAll('[0-9]', 0) == [] && '1a2'.findAll('[0-9]', -1).size() == 2 && 'baac'.findAll('a*') == ['', 'aa', '']
[1, 2, 2].isSorted() && ![2, 1].isSorted() && ['a', 'b'].isSorted() && [].isSorted()
[3, 1].min() == 1 && ['a', 'c', 'b'].max() == 'c' && [1.5, 2.5].sum() == 4.0 && [].sum() == 0
['a', 'b', 'a'].indexOf('a') == 0 && ['a', 'b', 'a'].lastIndexOf('a') == 2 && ['a'].indexOf('z') == -1
[dyn(true), dyn(1)].indexOf(1) == 1 && [1].indexOf(1.0) == 0 && [[1], [2]].indexOf([2]) == 1
'abcb'.indexOf('b') == 1 && 'abcb'.lastIndexOf('b') == 3
!format.dns1123Label().validate('web').hasValue() && format.dns1123Label().validate('Web').hasValue()
format.dns1123Label().validate('x'.format([]) + 'Web').value()[0].contains('lower-case')
format.named('dns1123Label').hasValue() && !format.named('nope').hasValue()
format.named('dns1123Subdomain').value().validate('a.b').orValue([]) == []
!format.labelValue().validate('').hasValue() && format.labelValue().validate('-a').hasValue()
!format.qualifiedName().validate('a.example/B_c').hasValue() && format.qualifiedName().validate('a/b/c').hasValue()
!format.date().validate('2026-02-28').hasValue() && format.date().validate('2026-02-30').hasValue()
!format.datetime().validate('2026-02-28T10:00:00Z').hasValue() && format.datetime().validate('2026-02-28').hasValue()
!format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue() && format.uuid().validate('x').hasValue()
!format.byte().validate('aGk=').hasValue() && format.byte().validate('aGk').hasValue()
!format.uri().validate('https://a').hasValue() && format.uri().validate('a').hasValue()
!format.dns1035Label().validate('a1').hasValue() && format.dns1035Label().validate('1a').hasValue()
!format.dns1123LabelPrefix().validate('a-').hasValue() && !format.dns1123SubdomainPrefix().validate('a.b-').hasValue()
!format.dns1035LabelPrefix().validate('a-').hasValue()
format.dns1123Label().validate(lists.range(64).map(i, 'a').join()).hasValue()
'%s|%s|%s'.format(['a', ['b', 1], {'k': true}]) == 'a|["b", 1]|{"k":true}'
'%d %s %s %s'.format([-3, 1.0, 2.5, null]) == '-3 1 2.5 null' && '%s'.format([1e21]) == '1000000000000000000000'
'%.2f %e %b %b %x %X %o %%'.format([1.005, 1234.5, 5, true, 'hi', 255, 8]) == '1.00 1.234500e+03 101 1 6869 FF 10 %'
'%s %s'.format([duration('90m'), timestamp('2026-01-02T03:04:05.5Z')]) == '5400s 2026-01-02T03:04:05.5Z'
'%s'.format([b'abc']) == 'abc' && '%s'.format([1u]) == '1'
{'a': 1, 'b': 2}.transformMap(k, v, v * 2) == {'a': 2, 'b': 4}
{'a': 1, 'b': 2}.transformMap(k, v, v > 1, k) == {'b': 'b'} && ['x'].transformMap(i, v, v) == {0: 'x'}
""".strip().split("\n")


@pytest.mark.parametrize("text", HOLDS)
def test_holds(compiler: Compiler, text: str) -> None:
    assert compiler.compile(text).evaluate({}) is True


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("quantity('x') == quantity('1')", "'x' is not a quantity"),
        ("quantity('0.5').asInteger() == 1", "cannot convert value to integer"),
        ("semver('1.2') == semver('1.2.0')", "'1.2' is not a semantic version"),
        ("ip('x') == ip('1.1.1.1')", "'x' does not appear to be an IPv4 or IPv6 address"),
        ("cidr('10.0.0.0').prefixLength() == 1", "not a block such as 10.0.0.0/8"),
        ("cidr('10.0.0.0/8').containsIP('x')", "does not appear to be"),
        ("url('x').getHost() == ''", "not an absolute URL or path"),
        ("object.x.sum() == 1", "no such overload: sum"),
        ("object.x.max() == 1", "no such overload: max"),
        ("object.empty.min() == 1", "min called on empty list"),
        ("object.big.sum() == 1", "integer overflow"),
        ("'a'.find(object.regex) == ''", "invalid regular expression"),
        ("'%d'.format([object.regex]) == ''", "%d takes an integer, not string"),
        ("object.format.format([1, 2]) == ''", "unrecognized formatting clause"),
        ("object.m.isInteger()", "no such overload: isInteger"),
        ("object.m.validate('x').hasValue()", "no such overload: validate"),
        ("[duration('1h')].max() == duration('1h')", "not a plain value"),
    ],
)
def test_is_not_evaluated(compiler: Compiler, text: str, reason: str) -> None:
    data = {"x": [1, "a"], "empty": [], "big": [2**62] * 4, "regex": "(", "format": "%z", "m": {"net.IP": "x"}}
    result = compiler.compile(text).evaluate({"object": data})
    assert isinstance(result, NotEvaluated)
    assert reason in result.reason


@given(number=st.integers(0, 10**12), suffix=st.sampled_from(["", "k", "M", "Ki", "Mi", "m", "u", "n"]))
def test_quantities_are_exact(number: int, suffix: str) -> None:
    scale = {"": 1, "k": 1000, "M": 10**6, "Ki": 1024, "Mi": 1024**2}.get(suffix)
    factor = Fraction(scale) if scale else Fraction(1, {"m": 10**3, "u": 10**6, "n": 10**9}[suffix])
    assert amount(f"{number}{suffix}") == number * factor


@given(st.text(max_size=12))
def test_questions_about_any_text_have_an_answer(text: str) -> None:
    for declared in cel_functions.declarations():
        if declared.name.startswith("is") and declared.arguments == ("string",) and not declared.target:
            assert declared.implementation(text) in (True, False)


def test_every_function_has_its_own_place(compiler: Compiler) -> None:
    """Overloads that look alike to the evaluator are told apart by what they are called on."""
    declared: list[tuple[Any, ...]] = [(d.name, d.target, d.arguments) for d in cel_functions.declarations()]
    assert len(declared) == len(set(declared))
