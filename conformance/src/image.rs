//! The files of a directory, whole, in memory.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The lengths of the files in a directory and below it, by their paths from there. What goes while it is looked at, such as a
/// file beside a database, is not there.
///
/// # Errors
///
/// What the file system says of anything else.
pub(crate) fn lengths(directory: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
    let mut files = Vec::new();
    let mut below = vec![PathBuf::new()];
    while let Some(at) = below.pop() {
        for found in fs::read_dir(directory.join(&at))? {
            let found = found?;
            let name = at.join(found.file_name());
            match found.metadata() {
                Ok(about) if about.is_dir() => below.push(name),
                Ok(about) if about.is_file() => files.push((name, about.len())),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(files)
}

/// Every file in a directory and below it, by its path from there, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
}

impl Image {
    /// Reads what is in a directory.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub(crate) fn of(directory: &Path) -> io::Result<Self> {
        let mut image = Self::default();
        let mut below = vec![PathBuf::new()];
        while let Some(at) = below.pop() {
            for found in fs::read_dir(directory.join(&at))? {
                let found = found?;
                let name = at.join(found.file_name());
                let kind = found.file_type()?;
                if kind.is_dir() {
                    below.push(name);
                } else if kind.is_file() {
                    image.files.push((name, fs::read(found.path())?));
                }
            }
        }
        image.files.sort();
        Ok(image)
    }

    /// The bytes of a file.
    pub(crate) fn file(&self, name: &Path) -> Option<&[u8]> {
        self.files.iter().find(|(known, _)| known == name).map(|(_, bytes)| &**bytes)
    }

    /// Writes the files into a directory, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub(crate) fn write_to(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        for (name, bytes) in &self.files {
            let path = directory.join(name);
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            fs::write(path, bytes)?;
        }
        Ok(())
    }

    /// Makes a directory hold these files and nothing else.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub(crate) fn put_back(&self, directory: &Path) -> io::Result<()> {
        clear(directory)?;
        self.write_to(directory)
    }
}

/// Removes everything in a directory.
///
/// # Errors
///
/// What the file system says.
pub(crate) fn clear(directory: &Path) -> io::Result<()> {
    for found in fs::read_dir(directory)? {
        let found = found?;
        if found.file_type()?.is_dir() {
            fs::remove_dir_all(found.path())?;
        } else {
            fs::remove_file(found.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_back_is_what_was_there() -> io::Result<()> {
        let directory = tempfile::tempdir()?;
        fs::create_dir(directory.path().join("below"))?;
        fs::write(directory.path().join("below").join("a"), [1, 2])?;
        fs::write(directory.path().join("b"), [])?;
        let image = Image::of(directory.path())?;
        assert_eq!(image.files.len(), 2);
        fs::write(directory.path().join("b"), [3])?;
        fs::create_dir(directory.path().join("more"))?;
        fs::write(directory.path().join("more").join("c"), [4])?;
        assert_ne!(Image::of(directory.path())?, image);
        image.put_back(directory.path())?;
        assert_eq!(Image::of(directory.path())?, image);
        Ok(())
    }
}
