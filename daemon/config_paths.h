// Where things are: paths as the configuration writes them, and the places that the environment of
// the process gives when it says nothing. Pure, but for ProcessPlaces::OfThisProcess.
#ifndef TIDEOVER_CONFIG_PATHS_H_
#define TIDEOVER_CONFIG_PATHS_H_

#include <string>

namespace tideover {

// Of the environment; empty where it says nothing.
struct ProcessPlaces {
  std::string home;
  std::string xdg_state_home;
  // $XDG_RUNTIME_DIR, or /run/user/<uid> where that exists.
  std::string xdg_runtime_dir;
  // systemd's STATE_DIRECTORY.
  std::string state_directory;
  // $TIDEOVER_SOCKET.
  std::string socket;

  static ProcessPlaces OfThisProcess();
};

// systemd's directory, $XDG_STATE_HOME/tideover, ~/.local/state/tideover; empty: not known.
std::string DefaultStateDir(const ProcessPlaces& places);

// Where every client looks: $TIDEOVER_SOCKET, $XDG_RUNTIME_DIR/tideover/tideover.sock,
// ~/.local/state/tideover/tideover.sock; empty: not known.
std::string DefaultSocket(const ProcessPlaces& places);

// `path` as written in a file of `directory`: absolute, below home (~/…), or relative to it. Empty
// stays empty.
std::string PathFrom(const std::string& directory, const std::string& path,
                     const ProcessPlaces& places);

// "" for a file in the working directory.
std::string DirectoryOf(const std::string& file);

}  // namespace tideover

#endif  // TIDEOVER_CONFIG_PATHS_H_
