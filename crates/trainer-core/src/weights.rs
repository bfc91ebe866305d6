//! Fitted weights and their file format.

use crate::error::WeightsError;
use crate::model::Layout;
use artifact_core::Digest;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;

/// One named tensor of fitted weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// The name, unique in the model.
    pub name: String,
    /// The dimensions.
    pub shape: Vec<usize>,
    /// The values in row-major order.
    pub values: Vec<f32>,
}

/// All weights of a model, in the order of its layout.
///
/// Linear maps are stored as `(inputs, outputs)`: `y = x W + b`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weights {
    /// The tensors.
    pub tensors: Vec<Tensor>,
}

impl Weights {
    /// Splits the flat parameter vector into its tensors.
    ///
    /// # Panics
    ///
    /// When `parameters` is shorter than the layout.
    pub fn from_parameters(layout: &Layout, parameters: &[f32]) -> Self {
        let tensor = |spec: &crate::model::TensorSpec| Tensor {
            name: spec.name.clone(),
            shape: spec.shape.clone(),
            values: spec.slot.of(parameters).to_vec(),
        };
        Self { tensors: layout.tensors().iter().map(tensor).collect() }
    }

    /// Arranges the tensors as the flat parameter vector of `layout`, whatever their order here.
    ///
    /// # Errors
    ///
    /// When the names and shapes differ from those of the layout, a name occurs twice, or the number of values in a
    /// tensor does not match its shape.
    pub fn to_parameters(&self, layout: &Layout) -> Result<Vec<f32>, WeightsError> {
        let mut by_name: BTreeMap<&str, &Tensor> = BTreeMap::new();
        for tensor in &self.tensors {
            if by_name.insert(&tensor.name, tensor).is_some() {
                return Err(WeightsError::Repeated { name: tensor.name.clone() });
            }
        }
        let mut found = Vec::with_capacity(self.tensors.len());
        for spec in layout.tensors() {
            let tensor = by_name.remove(spec.name.as_str());
            match tensor {
                Some(tensor) if tensor.shape == spec.shape => {
                    tensor.check_length()?;
                    found.push((spec, tensor));
                }
                other => return Err(mismatch(&spec.name, other.map(|t| &t.shape), Some(&spec.shape))),
            }
        }
        if let Some((name, tensor)) = by_name.pop_first() {
            return Err(mismatch(name, Some(&tensor.shape), None));
        }
        // Only now: a layout from a file of unknown origin may ask for any amount, but what it matches is in memory.
        let mut parameters = vec![0.0; layout.len()];
        for (spec, tensor) in found {
            spec.slot.of_mut(&mut parameters).copy_from_slice(&tensor.values);
        }
        Ok(parameters)
    }

    /// The digest of names, shapes and values: equal weights have equal digests, on every machine.
    ///
    /// It is the SHA-256 of `holdfast-weights-v1`, a zero byte, and for each tensor in order: the length of the name in
    /// bytes, the name, the number of dimensions, each dimension, and the values. Numbers are little-endian unsigned
    /// 64-bit integers; values are little-endian `f32`.
    pub fn digest(&self) -> Digest {
        // Lengths and dimensions precede what they count, so different weights never give the same bytes.
        let mut bytes = b"holdfast-weights-v1\0".to_vec();
        let number = |bytes: &mut Vec<u8>, n: usize| bytes.extend((n as u64).to_le_bytes());
        for tensor in &self.tensors {
            number(&mut bytes, tensor.name.len());
            bytes.extend(tensor.name.as_bytes());
            number(&mut bytes, tensor.shape.len());
            tensor.shape.iter().for_each(|&dimension| number(&mut bytes, dimension));
            bytes.extend(tensor.values.iter().flat_map(|value| value.to_le_bytes()));
        }
        Digest::of(&bytes)
    }

    /// The bytes of a safetensors file with these weights and with `metadata` in its header.
    ///
    /// Equal weights and metadata give equal bytes. That is why this does not use the writer of the `safetensors`
    /// crate, which keeps metadata in a hash map with random order. The file is the length of the header as a
    /// little-endian 64-bit integer, the JSON header padded with spaces to a multiple of 8 bytes, and the values.
    pub fn to_safetensors(&self, metadata: &BTreeMap<String, String>) -> Vec<u8> {
        let mut header = serde_json::Map::new();
        if !metadata.is_empty() {
            header.insert("__metadata__".into(), serde_json::json!(metadata));
        }
        let mut end = 0;
        for tensor in &self.tensors {
            let start = end;
            end += size_of_val(tensor.values.as_slice());
            let entry = serde_json::json!({
                "dtype": "F32",
                "shape": tensor.shape,
                "data_offsets": [start, end],
            });
            header.insert(tensor.name.clone(), entry);
        }
        let mut header = serde_json::Value::Object(header).to_string();
        let padded = header.len().next_multiple_of(8);
        header.extend(std::iter::repeat_n(' ', padded - header.len()));
        let mut bytes = Vec::with_capacity(8 + padded + end);
        bytes.extend((padded as u64).to_le_bytes());
        bytes.extend(header.as_bytes());
        for tensor in &self.tensors {
            bytes.extend(tensor.values.iter().flat_map(|value| value.to_le_bytes()));
        }
        bytes
    }

    /// Reads the metadata in the header of a safetensors file.
    ///
    /// # Errors
    ///
    /// When `bytes` is not a valid safetensors file.
    pub fn metadata(bytes: &[u8]) -> Result<BTreeMap<String, String>, WeightsError> {
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|error| WeightsError::Malformed { reason: error.to_string() })?;
        let pairs = metadata.metadata().clone().unwrap_or_default();
        Ok(pairs.into_iter().collect())
    }

    /// Reads a safetensors file. Tensors come in the order of their values in the file; tensors without values, which
    /// may share a place, come in the order of their names there.
    ///
    /// # Errors
    ///
    /// When `bytes` is not a valid safetensors file, a tensor is not `F32`, or a value is not finite.
    pub fn from_safetensors(bytes: &[u8]) -> Result<Self, WeightsError> {
        let malformed =
            |error: safetensors::SafeTensorError| WeightsError::Malformed { reason: error.to_string() };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(malformed)?;
        let file = SafeTensors::deserialize(bytes).map_err(malformed)?;
        let tensor = |name: String| {
            let view = file.tensor(&name).map_err(malformed)?;
            if view.dtype() != Dtype::F32 {
                return Err(WeightsError::NumberType { found: format!("{:?}", view.dtype()), name });
            }
            let value = |bytes: &[u8]| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            let values: Vec<f32> = view.data().chunks_exact(4).map(value).collect();
            if let Some(position) = values.iter().position(|value| !value.is_finite()) {
                return Err(WeightsError::NonFinite { name, position });
            }
            Ok(Tensor { shape: view.shape().to_vec(), name, values })
        };
        // The crate keeps tensors in a hash map, so those at the same place would come in random order. Hence the name
        // in the sort key.
        let mut places: Vec<_> =
            metadata.tensors().into_iter().map(|(name, info)| (info.data_offsets, name)).collect();
        places.sort();
        let tensors = places.into_iter().map(|(_, name)| tensor(name)).collect::<Result<_, _>>()?;
        Ok(Self { tensors })
    }
}

impl Tensor {
    pub(crate) fn check_length(&self) -> Result<(), WeightsError> {
        let expected = self.shape.iter().product();
        if self.values.len() == expected {
            return Ok(());
        }
        Err(WeightsError::Length { name: self.name.clone(), found: self.values.len(), expected })
    }
}

/// A tensor whose shape, if it is there at all, is not the expected one.
pub(crate) fn mismatch(
    name: &str,
    found: Option<&Vec<usize>>,
    expected: Option<&Vec<usize>>,
) -> WeightsError {
    let text = |shape: Option<&Vec<usize>>| shape.map_or("none".into(), |shape| format!("{shape:?}"));
    WeightsError::Layout { name: name.into(), found: text(found), expected: text(expected) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Start;

    fn layout() -> Layout {
        let mut layout = Layout::new();
        layout.weight("b.weight", &[2, 3], Start::Zero);
        layout.undecayed("a.bias", &[3], Start::Zero);
        layout
    }

    fn weights() -> Weights {
        let values: Vec<f32> = (0..9).map(|i| i as f32 / 7.0).collect();
        Weights::from_parameters(&layout(), &values)
    }

    fn metadata() -> BTreeMap<String, String> {
        let pairs = [("engine", "1"), ("quote", "\"é\n"), ("a", ""), ("z", "z")];
        pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect()
    }

    #[test]
    fn a_file_round_trips_with_tensor_order_and_metadata() {
        let bytes = weights().to_safetensors(&metadata());
        assert_eq!(bytes, weights().to_safetensors(&metadata()));
        assert_eq!(Weights::from_safetensors(&bytes), Ok(weights()));
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let found: BTreeMap<_, _> = header.metadata().clone().unwrap().into_iter().collect();
        assert_eq!(found, metadata());
        let bare = weights().to_safetensors(&BTreeMap::new());
        assert_eq!(Weights::from_safetensors(&bare), Ok(weights()));
    }

    #[test]
    fn tensors_without_values_come_in_a_fixed_order() {
        let empty = |name: &str| Tensor { name: name.into(), shape: vec![0, 3], values: vec![] };
        let names = ["d", "a", "c", "b", "e"];
        let given = Weights { tensors: names.map(empty).into() };
        for _ in 0..20 {
            let read = Weights::from_safetensors(&given.to_safetensors(&BTreeMap::new())).unwrap();
            assert!(read.tensors.is_sorted_by_key(|tensor| tensor.name.clone()), "{read:?}");
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let bytes = weights().to_safetensors(&BTreeMap::new());
        for length in [0, 7, 20, bytes.len() - 1] {
            let found = Weights::from_safetensors(&bytes[..length]);
            assert!(matches!(found, Err(WeightsError::Malformed { .. })), "{length}");
        }
        let mut broken = bytes;
        let last = broken.len() - 4;
        broken[last..].copy_from_slice(&f32::NAN.to_le_bytes());
        let expected = WeightsError::NonFinite { name: "a.bias".into(), position: 2 };
        assert_eq!(Weights::from_safetensors(&broken), Err(expected));
    }

    #[test]
    fn weights_of_another_model_are_refused() {
        let check = |change: fn(&mut Weights), tensor: &str| {
            let mut weights = weights();
            change(&mut weights);
            let error = weights.to_parameters(&layout()).unwrap_err().to_string();
            assert!(error.contains(tensor), "{error}");
        };
        check(|w| w.tensors[0].shape = vec![3, 2], "b.weight");
        check(|w| w.tensors[0].name = "c.weight".into(), "b.weight");
        check(|w| w.tensors.truncate(1), "a.bias");
        check(|w| w.tensors.push(w.tensors[0].clone()), "b.weight");
        check(|w| w.tensors[1].values.truncate(1), "a.bias");
        check(
            |w| {
                let mut extra = w.tensors[0].clone();
                extra.name = "extra".into();
                w.tensors.push(extra);
            },
            "extra",
        );
    }

    #[test]
    fn tensor_order_matters_to_the_digest_but_not_to_the_model() {
        let mut reversed = weights();
        reversed.tensors.reverse();
        assert_eq!(reversed.to_parameters(&layout()), weights().to_parameters(&layout()));
        assert_ne!(reversed.digest(), weights().digest());
        assert_eq!(weights().digest(), weights().digest());
    }
}
