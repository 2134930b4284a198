//! Vectors of length 1, and the cosine of two vectors.
//!
//! Sums are taken in `f64`: a score then depends on the two vectors alone, and not on the machine's registers.

/// Scales a vector to length 1; the error says why that cannot be.
pub(crate) fn unit(vector: &[f32]) -> Result<Vec<f32>, Unusable> {
    if let Some(at) = vector.iter().position(|number| !number.is_finite()) {
        return Err(Unusable::NotFinite { at, number: vector[at] });
    }
    let length = dot(vector, vector).sqrt();
    if length == 0.0 {
        return Err(Unusable::Zero);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the vector is one of f32")]
    Ok(vector.iter().map(|&number| (f64::from(number) / length) as f32).collect())
}

/// The cosine of the angle between two vectors of any length but zero, -1 to 1; none where there is no such angle.
pub(crate) fn cosine(a: &[f32], b: &[f32]) -> Option<f64> {
    // The root of the product, and not the product of the roots: a vector's cosine with itself is then exactly 1.
    let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    (a.len() == b.len() && cosine.is_finite()).then(|| cosine.clamp(-1.0, 1.0))
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

/// Why a vector cannot be compared with others.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("every number of it is 0")]
    Zero,
    #[error("number {at} of it is {number}")]
    NotFinite { at: usize, number: f32 },
}

#[cfg(test)]
mod tests {
    use super::{Unusable, cosine, unit};

    #[test]
    fn a_unit_vector_has_length_1() {
        assert_eq!(unit(&[3.0, 4.0]), Ok(vec![0.6, 0.8]));
        assert_eq!(unit(&[0.0, -2.0]), Ok(vec![0.0, -1.0]));
        // Neither the largest nor the smallest numbers overflow or vanish.
        assert_eq!(unit(&[f32::MAX, 0.0]), Ok(vec![1.0, 0.0]));
        assert_eq!(unit(&[f32::from_bits(1), 0.0]), Ok(vec![1.0, 0.0]));
    }

    #[test]
    fn a_vector_without_a_direction_is_unusable() {
        assert_eq!(unit(&[0.0, -0.0]), Err(Unusable::Zero));
        assert_eq!(unit(&[1.0, f32::INFINITY]), Err(Unusable::NotFinite { at: 1, number: f32::INFINITY }));
        let nan = unit(&[f32::NAN]).expect_err("NaN is no number");
        assert_eq!(nan.to_string(), "number 0 of it is NaN");
    }

    #[test]
    fn a_cosine_is_exact_where_it_can_be() {
        assert_eq!(cosine(&[0.3, 0.1], &[0.3, 0.1]), Some(1.0));
        assert_eq!(cosine(&[0.3, 0.1], &[-0.3, -0.1]), Some(-1.0));
        assert_eq!(cosine(&[1.0, 0.0], &[0.0, 5.0]), Some(0.0));
        assert_eq!(cosine(&[4.0, 0.0], &[3.0, 4.0]), Some(0.6));
        assert_eq!(cosine(&[f32::MAX, f32::MAX], &[f32::MAX, f32::MAX]), Some(1.0));
    }

    #[test]
    fn what_has_no_angle_has_no_cosine() {
        assert_eq!(cosine(&[0.0], &[1.0]), None);
        assert_eq!(cosine(&[f32::NAN], &[1.0]), None);
        assert_eq!(cosine(&[f32::INFINITY], &[1.0]), None);
        assert_eq!(cosine(&[1.0], &[1.0, 1.0]), None);
    }
}
