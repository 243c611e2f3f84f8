//! A file without a name that holds what a plan has read until it is written or held: rows are written at its end,
//! and then read from its start, once. It is gone with the process.

use {
    super::stop::Stop,
    crate::store::StoreError,
    serde::{Serialize, de::DeserializeOwned},
    std::{
        fs::File,
        io::{self, BufRead as _, BufReader, BufWriter, Seek as _, Write as _},
        marker::PhantomData,
    },
};

/// Rows that are being written.
pub(crate) struct Spool<T> {
    to: BufWriter<File>,
    of: PhantomData<fn(T)>,
}

/// Rows that are read again.
pub(crate) struct Spooled<T> {
    from: BufReader<File>,
    line: String,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Spool<T> {
    /// Makes an empty one.
    pub(crate) fn new() -> Result<Self, Stop> {
        let to = BufWriter::new(tempfile::tempfile().map_err(failed)?);
        Ok(Self { to, of: PhantomData })
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &T) -> Result<(), Stop> {
        tokio::task::block_in_place(|| {
            serde_json::to_writer(&mut self.to, row).map_err(|error| failed(error.into()))?;
            self.to.write_all(b"\n").map_err(failed)
        })
    }

    /// Ends writing.
    pub(crate) fn rewind(self) -> Result<Spooled<T>, Stop> {
        let mut file = self.to.into_inner().map_err(|error| failed(error.into_error()))?;
        file.rewind().map_err(failed)?;
        Ok(Spooled { from: BufReader::new(file), line: String::new(), of: PhantomData })
    }
}

impl<T: DeserializeOwned> Spooled<T> {
    /// Returns the next row; `None` behind the last.
    pub(crate) fn next(&mut self) -> Result<Option<T>, Stop> {
        tokio::task::block_in_place(|| {
            self.line.clear();
            if self.from.read_line(&mut self.line).map_err(failed)? == 0 {
                return Ok(None);
            }
            serde_json::from_str(&self.line).map(Some).map_err(|error| failed(error.into()))
        })
    }
}

/// The run is given back, and its plan begins again.
fn failed(error: io::Error) -> Stop {
    Stop::Store(StoreError::Broken(format!("the plan of a run on the disk: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn rows_come_back_in_their_order() {
        let mut spool = Spool::<Vec<String>>::new().expect("a file");
        for row in 0..100 {
            spool.push(&vec![format!("line\n{row}"); 50]).expect("written");
        }
        let mut rows = spool.rewind().expect("read");
        for row in 0..100 {
            assert_eq!(rows.next().expect("read"), Some(vec![format!("line\n{row}"); 50]));
        }
        assert_eq!(rows.next().expect("read"), None);
    }
}
