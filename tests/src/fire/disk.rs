//! A disk so small that it can be filled.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// More than an instance's state takes, with what is written of it and not yet merged.
const SIZE: &str = "size=96m";

/// A file system in memory, gone with its value.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one at a new folder.
    ///
    /// # Errors
    /// Where that can't be: it takes root.
    pub fn mount(at: &Path) -> Result<SmallDisk, String> {
        fs::create_dir_all(at).map_err(|error| error.to_string())?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", SIZE, "springtide-fire"]).arg(at);
        let output = mount.output().map_err(|error| format!("mount: {error}"))?;
        if output.status.success() {
            Ok(SmallDisk(at.to_owned()))
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Takes all that is left.
    ///
    /// # Panics
    /// Where no file can be made at all.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).unwrap();
        let mut piece = vec![0_u8; 1 << 20];
        while !piece.is_empty() {
            while filler.write_all(&piece).is_ok() {}
            piece.truncate(piece.len() / 2);
        }
    }

    /// Takes so many MiB more of it.
    ///
    /// # Panics
    /// Where they can't be had.
    pub fn take_mib(&self, mib: usize) {
        let mut filler = File::options().create(true).append(true).open(self.filler()).unwrap();
        // Written, since a length alone takes no room.
        filler.write_all(&vec![0; mib << 20]).unwrap();
    }

    /// Gives it back.
    pub fn free(&self) {
        let _ = fs::remove_file(self.filler());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: what still has a file there ends with this process.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
