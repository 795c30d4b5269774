// TestCertificate, a resource: a self-signed certificate and its key, made anew for each object, as
// two PEM files in a temporary directory that goes away with it. As its own authority it is what a
// client names in ca_file.
#ifndef TIDEOVER_TESTS_SUPPORT_TEST_CERTIFICATE_H_
#define TIDEOVER_TESTS_SUPPORT_TEST_CERTIFICATE_H_

#include <string>

namespace tideover::support {

class TestCertificate {
 public:
  // `subject` as OpenSSL's subjectAltName: "IP:127.0.0.1", "DNS:wrong.example".
  explicit TestCertificate(const std::string& subject = "IP:127.0.0.1,DNS:localhost");
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  std::string cert_file() const { return dir_ + "/cert.pem"; }
  std::string key_file() const { return dir_ + "/key.pem"; }

 private:
  std::string dir_;
};

}  // namespace tideover::support

#endif  // TIDEOVER_TESTS_SUPPORT_TEST_CERTIFICATE_H_
