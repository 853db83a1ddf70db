//! Numbers as ECMAScript prints them, so that the same request is the same bytes in every language.

/// Appends `value`; a number JSON cannot write (NaN, infinity) becomes null, as in `JSON.stringify`.
pub(super) fn write_f64(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        return out.extend_from_slice(b"null");
    }
    if value == 0.0 {
        return out.push(b'0'); // -0 too
    }
    write_shortest(out, &format!("{value:e}"));
}

/// Appends the shortest text that reads back as the same `f32`.
pub(super) fn write_f32(out: &mut Vec<u8>, value: f32) {
    if !value.is_finite() {
        return out.extend_from_slice(b"null");
    }
    if value == 0.0 {
        return out.push(b'0');
    }
    write_shortest(out, &format!("{value:e}"));
}

/// Lays out Rust's shortest digits (`-1.234e-5`) by the rules of Number::toString.
fn write_shortest(out: &mut Vec<u8>, scientific: &str) {
    let unsigned = scientific.strip_prefix('-').unwrap_or(scientific);
    if unsigned.len() != scientific.len() {
        out.push(b'-');
    }
    let (mantissa, exponent) = unsigned.split_once('e').expect("Rust writes an exponent");
    let exponent: i32 = exponent.parse().expect("Rust writes the exponent as an integer");
    let digits: Vec<u8> = mantissa.bytes().filter(|byte| *byte != b'.').collect();
    let point = exponent + 1; // the decimal point stands behind that many digits
    let count = digits.len() as i32;
    match point {
        _ if point >= count && point <= 21 => {
            out.extend_from_slice(&digits);
            out.resize(out.len() + (point - count) as usize, b'0');
        }
        1..=21 => {
            let (whole, fraction) = digits.split_at(point as usize);
            out.extend_from_slice(whole);
            out.push(b'.');
            out.extend_from_slice(fraction);
        }
        -5..=0 => {
            out.extend_from_slice(b"0.");
            out.resize(out.len() + (-point) as usize, b'0');
            out.extend_from_slice(&digits);
        }
        _ => {
            out.push(digits[0]);
            if digits.len() > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..]);
            }
            out.extend_from_slice(format!("e{:+}", exponent).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    fn printed(value: f64) -> String {
        let mut out = Vec::new();
        super::write_f64(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn prints_as_ecmascript_does() {
        let expected = [
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (-0.0, "0"),
            (0.7, "0.7"),
            (123.456, "123.456"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e300, "1.5e+300"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.25e-9, "1.25e-9"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (9007199254740993.0, "9007199254740992"),
            (1234567890123456800000.0, "1.2345678901234568e+21"),
            (f64::NAN, "null"),
            (f64::NEG_INFINITY, "null"),
        ];
        for (value, text) in expected {
            assert_eq!(printed(value), text);
        }
    }

    #[test]
    fn reads_back_as_the_same_number() {
        let mut bits = 0x0123_4567_89ab_cdefu64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let value = f64::from_bits(bits);
            if value.is_finite() {
                assert_eq!(printed(value).parse::<f64>().unwrap(), value);
            }
        }
    }
}
