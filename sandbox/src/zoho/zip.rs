//! A ZIP file with one entry, packed while it is sent: the sizes follow the entry, as in a file
//! that was written in one go.

use {
    flate2::{Compression, Crc, write::DeflateEncoder},
    std::io::Write,
};

/// Version of the format that is needed to read the file.
const VERSION: u16 = 20;
/// Sizes follow the entry.
const FLAGS: u16 = 1 << 3;
/// Packed by deflate.
const METHOD: u16 = 8;
/// Midnight of 1980-01-01, in the format of the file.
const TIME: u32 = 0x0021_0000;

/// The parts of a ZIP file, one after the other.
pub(crate) struct Zip<I> {
    name: String,
    /// Parts of the entry; none after its end.
    parts: Option<I>,
    packer: DeflateEncoder<Vec<u8>>,
    crc: Crc,
    packed: u32,
    begun: bool,
}

impl<I: Iterator<Item = Vec<u8>>> Zip<I> {
    /// Makes a file with the given entry.
    pub(crate) fn new(name: String, parts: I) -> Self {
        let packer = DeflateEncoder::new(Vec::new(), Compression::fast());
        Self { name, parts: Some(parts), packer, crc: Crc::new(), packed: 0, begun: false }
    }

    /// The fields that both headers of the entry have.
    fn entry(&self, sizes: [u32; 3]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [VERSION, FLAGS, METHOD] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(TIME.to_le_bytes());
        for size in sizes {
            bytes.extend(size.to_le_bytes());
        }
        bytes.extend((self.name.len() as u16).to_le_bytes());
        bytes
    }

    fn head(&self) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend(self.entry([0; 3]));
        bytes.extend(0_u16.to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes
    }

    fn tail(&self) -> Vec<u8> {
        let sizes = [self.crc.sum(), self.packed, self.crc.amount()];
        let mut bytes = b"PK\x07\x08".to_vec();
        for size in sizes {
            bytes.extend(size.to_le_bytes());
        }
        let start = 30 + self.name.len() as u32 + self.packed + bytes.len() as u32;
        let mut directory = b"PK\x01\x02".to_vec();
        directory.extend(VERSION.to_le_bytes());
        directory.extend(self.entry(sizes));
        // No extra field, no comment, first disk, no attributes, at the start of the file.
        directory.extend([0; 16]);
        directory.extend(self.name.as_bytes());
        bytes.extend(&directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
        bytes.extend((directory.len() as u32).to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    }

    fn take_packed(&mut self) -> Vec<u8> {
        let packed = std::mem::take(self.packer.get_mut());
        self.packed = self.packed.wrapping_add(packed.len() as u32);
        packed
    }
}

impl<I: Iterator<Item = Vec<u8>>> Iterator for Zip<I> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if !self.begun {
            self.begun = true;
            return Some(self.head());
        }
        // A part may produce no output yet.
        while let Some(part) = self.parts.as_mut()?.next() {
            self.crc.update(&part);
            self.packer.write_all(&part).ok()?;
            let packed = self.take_packed();
            if !packed.is_empty() {
                return Some(packed);
            }
        }
        self.parts = None;
        self.packer.try_finish().ok()?;
        let mut last = self.take_packed();
        last.extend(self.tail());
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::DeflateDecoder;
    use std::io::Read;

    #[test]
    fn what_goes_in_comes_out() {
        let parts = (0..500).map(|n| format!("{n},row\r\n").into_bytes());
        let text: Vec<u8> = parts.clone().flatten().collect();
        let file: Vec<u8> = Zip::new("a.csv".to_owned(), parts).flatten().collect();
        assert!(file.starts_with(b"PK\x03\x04"));
        let mut unpacked = Vec::new();
        let read = DeflateDecoder::new(&file[35..]).read_to_end(&mut unpacked);
        assert!(read.is_ok() && unpacked == text);
        let end = file.len() - 22;
        assert_eq!(&file[end..end + 4], b"PK\x05\x06");
        let start = u32::from_le_bytes(file[end + 16..end + 20].try_into().unwrap_or_default());
        assert_eq!(&file[start as usize..start as usize + 4], b"PK\x01\x02");
        let size = u32::from_le_bytes(
            file[start as usize + 24..start as usize + 28].try_into().unwrap_or_default(),
        );
        assert_eq!(size as usize, text.len());
    }

    #[test]
    fn an_empty_entry_is_a_file_too() {
        let file: Vec<u8> = Zip::new("a".to_owned(), std::iter::empty()).flatten().collect();
        assert_eq!(&file[file.len() - 22..file.len() - 18], b"PK\x05\x06");
    }
}
